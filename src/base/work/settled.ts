// Several pieces of work at once.

/**
 * The results of all, in order. Where one fails, the others are still awaited, so that nothing is being written any more
 * when the failure is reported; then the first failure is thrown.
 */
export async function allSettled<T>(tasks: Iterable<Promise<T>>): Promise<readonly T[]> {
  const settled = await Promise.allSettled(tasks);
  const failed = settled.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

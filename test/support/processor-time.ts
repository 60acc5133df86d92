// How much a test has computed, for bounds on what hostile input may cost: unlike the time on the wall, it does not grow
// while other processes use the machine.

/** Milliseconds that the processor has spent on this process so far. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

import { describe, expect, test } from "vitest";

import { md4 } from "./md4.ts";
import {
  ntlmAuthenticate,
  ntlmNegotiate,
  ntlmV2Key,
  ntlmV2Response,
  parseNtlmAccount,
  parseNtlmChallenge,
} from "./ntlm.ts";

// The values of MS-NLMP section 4.2.1.
const account = { domain: "Domain", user: "User", password: "Password" };
const serverChallenge = Buffer.from("0123456789abcdef", "hex");
const clientChallenge = Buffer.from("aaaaaaaaaaaaaaaa", "hex");
const targetInfo = pairs([2, text("Domain")], [1, text("Server")]);

function text(value: string): Buffer {
  return Buffer.from(value, "utf16le");
}

function pairs(...list: readonly (readonly [number, Buffer])[]): Buffer {
  const head = (id: number, length: number): Buffer => Buffer.from([id, 0, length, 0]);
  return Buffer.concat([...list.flatMap(([id, value]) => [head(id, value.length), value]), head(0, 0)]);
}

function challengeMessage(info: Buffer, flags = 0xa2_8a_82_05): Buffer {
  const head = Buffer.alloc(56);
  head.write("NTLMSSP\0", "latin1");
  head.writeUInt32LE(2, 8);
  head.writeUInt32LE(flags, 20);
  serverChallenge.copy(head, 24);
  head.writeUInt16LE(info.length, 40);
  head.writeUInt16LE(info.length, 42);
  head.writeUInt32LE(56, 44);
  return Buffer.concat([head, info]);
}

describe("NTLMv2 as MS-NLMP section 4.2.4 has it", () => {
  test("keys", () => {
    expect(md4(text("Password")).toString("hex")).toBe("a4f49c406510bdcab6824ee7c30fd852");
    expect(ntlmV2Key(account).toString("hex")).toBe("0c868a403bfd7a93a3001ef22ef02e3f");
  });

  test("responses", () => {
    const challenge = { flags: 0, serverChallenge, targetInfo };
    const response = ntlmV2Response(account, challenge, { clientChallenge, time: 0n });
    expect(response.lm.toString("hex")).toBe("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
    expect(response.nt.subarray(0, 16).toString("hex")).toBe("68cd0ab851e51c96aabc927bebef6a1c");
    expect(response.nt.subarray(16).toString("hex")).toBe(
      `01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000${targetInfo.toString("hex")}00000000`,
    );
    expect(response.sessionKey.toString("hex")).toBe("8de40ccadbc14a82f15cb0ad0de95ca3");
    expect(response.hasIntegrity).toBe(false);
  });
});

test("the first message reveals neither user nor machine", () => {
  const message = ntlmNegotiate();
  expect(message.subarray(0, 12).toString("latin1")).toBe("NTLMSSP\0\u0001\0\0\0");
  expect(message.length).toBe(32);
});

test("the last message holds what its fields point at", () => {
  const challenge = challengeMessage(targetInfo);
  const parsed = parseNtlmChallenge(challenge);
  if (parsed === undefined) throw new Error("the challenge was not understood");
  const message = ntlmAuthenticate(account, { negotiate: ntlmNegotiate(), challenge, parsed });
  const field = (offset: number): Buffer => {
    const [length, at] = [message.readUInt16LE(offset), message.readUInt32LE(offset + 4)];
    return message.subarray(at, at + length);
  };
  expect(message.readUInt32LE(8)).toBe(3);
  expect(field(28).toString("utf16le")).toBe("Domain");
  expect(field(36).toString("utf16le")).toBe("User");
  expect(field(20).length).toBeGreaterThan(44);
  expect(message.includes("Password")).toBe(false);
  expect(message.includes(text("Password"))).toBe(false);
  expect(message.subarray(72, 88).equals(Buffer.alloc(16))).toBe(true);
});

test("a server that states its time gets that time, no LM response and an integrity code", () => {
  const time = Buffer.from("0102030405060708", "hex");
  const info = pairs([2, text("Domain")], [7, time], [9, text("HTTP/proxy")]);
  const challenge = challengeMessage(info);
  const parsed = parseNtlmChallenge(challenge);
  if (parsed === undefined) throw new Error("the challenge was not understood");
  const response = ntlmV2Response(account, parsed, { clientChallenge, time: 0n });
  expect(response.lm.equals(Buffer.alloc(24))).toBe(true);
  expect(response.nt.subarray(24, 32).equals(time)).toBe(true);
  const flags = Buffer.from("0600040002000000", "hex");
  expect(response.nt.includes(flags)).toBe(true);
  const message = ntlmAuthenticate(account, { negotiate: ntlmNegotiate(), challenge, parsed });
  expect(message.subarray(72, 88).equals(Buffer.alloc(16))).toBe(false);
});

test.each<[string, Buffer]>([
  ["is too short", Buffer.from("NTLMSSP\0")],
  ["has another signature", Buffer.alloc(64)],
  ["is of another type", ntlmNegotiate()],
  ["points outside of itself", challengeMessage(targetInfo).subarray(0, 60)],
  ["has pairs without an end", challengeMessage(Buffer.from("02000c004400", "hex"))],
  ["is enormous", Buffer.concat([challengeMessage(targetInfo), Buffer.alloc(20_000)])],
])("a challenge that %s is refused", (_what, message) => {
  expect(parseNtlmChallenge(message)).toBeUndefined();
});

test.each([
  ["CORP\\ada", { domain: "CORP", user: "ada" }],
  ["ada@corp.example", { domain: "", user: "ada@corp.example" }],
  ["ada", { domain: "", user: "ada" }],
])("parseNtlmAccount(%j)", (username, expected) => {
  expect(parseNtlmAccount(username, "pw")).toEqual({ ...expected, password: "pw" });
});

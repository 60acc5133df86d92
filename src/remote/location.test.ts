import { describe, expect, test } from "vitest";

import { parseEndpoint } from "./location.ts";

describe("the endpoint of a shared cache", () => {
  test.each(["https://s3.corp.example/w%C3%A9", "http://127.0.0.1:9000", "http://localhost:9000/"])(
    "may be %s",
    (text) => {
      expect(parseEndpoint(text).href).toContain(text);
    },
  );

  test.each([
    ["http://s3.corp.example", "must be an `https` URL"],
    ["s3.corp.example", "must be an `https` URL"],
    ["https://s3.corp.example/%E9", "its path is not valid"],
  ])("is refused: %s", (text, why) => {
    expect(() => parseEndpoint(text)).toThrow(
      expect.objectContaining({ code: "settings/invalid", message: expect.stringContaining(why) }),
    );
  });
});

// Text with holes: how it is made, joined and percent-encoded. What a hole stands for only the deployment knows.

import type { Hole, Text } from "./stack-plan";

/** Text that may stand anywhere. */
export function plain(text: string): Text {
  return { parts: [text], secret: false };
}

/** One hole, of a secret. */
export function secretHole(hole: Hole): Text {
  return { parts: [hole], secret: true };
}

/** Whether a part stands for an Output or an encrypted value of the user's. */
export function isGivenHole(part: string | Hole): part is Extract<Hole, { hole: "given" }> {
  return typeof part !== "string" && part.hole === "given";
}

/** The pieces one after the other; a secret among them makes the whole a secret. */
export function concat(...pieces: (string | Text)[]): Text {
  const parts: Text["parts"] = [];
  let secret = false;
  for (const piece of pieces) {
    const text = typeof piece === "string" ? plain(piece) : piece;
    // As a piece of something else it is not what it would be by itself.
    secret ||= text.secret || text.usual !== undefined;
    for (const part of text.parts) {
      const last = parts.length - 1;
      if (typeof part === "string" && typeof parts[last] === "string") parts[last] += part;
      else parts.push(part);
    }
  }
  return { parts: parts.length === 0 ? [""] : parts, secret };
}

/** The text as a part of a URL holds it: a hole is marked, and encoded when it is filled. */
export function urlencoded({ parts, secret }: Text): Text {
  return {
    parts: parts.map((part) =>
      typeof part === "string" ? percentEncoded(part) : { ...part, encodings: (part.encodings ?? 0) + 1 },
    ),
    secret,
  };
}

/** What fills a hole, percent-encoded as the hole asks. */
export function encodedFor(hole: Hole, value: string): string {
  let encoded = value;
  for (let time = 0; time < (hole.encodings ?? 0); time++) encoded = percentEncoded(encoded);
  return encoded;
}

function percentEncoded(value: string): string {
  // Half a character, which no UTF-8 can hold, would make `encodeURIComponent` throw.
  return encodeURIComponent(Buffer.from(value).toString());
}

/** Whether the hole is filled as it is, with a value that may hold what means something in a URL. */
export function mayBreakUrl(hole: Hole): boolean {
  if ((hole.encodings ?? 0) > 0) return false;
  switch (hole.hole) {
    case "given":
    case "part":
      return true;
    case "secretKey":
      return !hole.urlSafe;
    case "generated":
      return hole.format === "base64";
    case "image":
    case "name":
    case "docker-config":
    case "digest":
      return false;
  }
}

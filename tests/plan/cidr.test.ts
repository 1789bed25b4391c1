// Blocks of addresses.

import assert from "node:assert/strict";
import fc from "fast-check";
import { blockMistake, canonical, contains, parseBlock } from "../../src/plan/cidr";

const block = (text: string) => {
  const found = parseBlock(text);
  assert.ok(found, text);
  return found;
};

describe("A block of addresses", () => {
  it("is read in both families and written as short as can be", () => {
    for (const [text, written] of [
      ["10.0.0.0/8", "10.0.0.0/8"],
      ["10.1.2.3/8", "10.0.0.0/8"],
      ["0.0.0.0/0", "0.0.0.0/0"],
      ["2001:0db8:0:0:0:0:0:0/32", "2001:db8::/32"],
      ["::ffff:203.0.113.7/96", "::ffff:0:0/96"],
      ["::1/128", "::1/128"],
      ["2001:db8:1::ff00:0:1/64", "2001:db8:1::/64"],
    ] as const)
      assert.equal(canonical(block(text)), written);
  });

  it("isn't read from anything else (control)", () => {
    for (const text of [
      "",
      "/8",
      "10.0.0.0",
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0/8",
      "::/129",
      "fe80::1%eth0/64",
      "a/8",
      "10.0.0.0/8/8",
      "10.0.0.0/-1",
      "10.0.0.0/ 8",
    ])
      assert.equal(parseBlock(text), undefined, text);
  });

  it("is no IPv4 address in IPv6's notation, for Kubernetes refuses those", () => {
    const mistake = blockMistake("::ffff:203.0.113.7/128");
    assert.match(`${mistake?.reason} ${mistake?.remedy}`, /IPv4.*`203\.0\.113\.7\/32`/);
    assert.equal(blockMistake("::fffe:0:0/96"), undefined);
  });

  it("holds what begins with its bits, and nothing of the other family", () => {
    assert.equal(contains(block("10.0.0.0/8"), block("10.255.0.0/16")), true);
    assert.equal(contains(block("10.0.0.0/8"), block("11.0.0.0/16")), false);
    assert.equal(contains(block("10.0.0.0/16"), block("10.0.0.0/8")), false);
    assert.equal(contains(block("0.0.0.0/0"), block("::/0")), false);
    assert.equal(contains(block("fc00::/7"), block("fd00:ec2::254/128")), true);
  });

  it("is its own canonical form, once it has that", () => {
    const v6 = fc
      .tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }))
      .map(([address, bits]) => `${address}/${bits}`);
    const v4 = fc
      .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
      .map(([address, bits]) => `${address}/${bits}`);
    fc.assert(
      fc.property(fc.oneof(v4, v6), (text) => {
        const tidy = canonical(block(text));
        assert.equal(canonical(block(tidy)), tidy);
        assert.equal(blockMistake(tidy), undefined);
        assert.ok(contains(block(tidy), block(text)));
      }),
    );
  });
});

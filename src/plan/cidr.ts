// Blocks of addresses, as `203.0.113.0/24` or `2001:db8::/32`: whether a text is one, and which lies within which.

import { isIP } from "node:net";

/** A block: the addresses whose first `prefix` bits are those of `address`. */
export interface Block {
  family: 4 | 6;
  address: bigint;
  prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;

/** The block that a text stands for; `undefined` where it is none. An address within the block is taken for it. */
export function parseBlock(text: string): Block | undefined {
  const [address = "", prefix, ...rest] = text.split("/");
  const family = isIP(address);
  if (rest.length > 0 || (family !== 4 && family !== 6) || !/^\d{1,3}$/.test(prefix ?? "")) return undefined;
  const bits = Number(prefix);
  if (bits > BITS[family] || address.includes("%")) return undefined;
  return { family, address: family === 4 ? ofV4(address) : ofV6(address), prefix: bits };
}

function ofV4(address: string): bigint {
  return address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function ofV6(address: string): bigint {
  const [head = "", tail] = shortest(address).split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const zeros = tail === undefined ? [] : Array(8 - groups(head).length - groups(tail).length).fill("0");
  return [...groups(head), ...zeros, ...groups(tail)].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

/** An IPv6 address as RFC 5952 writes it, but with hexadecimal groups alone. */
function shortest(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

/** The block with no bits behind its prefix, in Kubernetes' notation. */
export function canonical({ family, address, prefix }: Block): string {
  const free = BigInt(BITS[family] - prefix);
  return `${family === 4 ? v4((address >> free) << free) : v6((address >> free) << free)}/${prefix}`;
}

function v4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join(".");
}

function v6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => (address >> BigInt(112 - 16 * index)) & 0xffffn);
  return shortest(groups.map((group) => group.toString(16)).join(":"));
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: Block, inner: Block): boolean {
  if (outer.family !== inner.family || inner.prefix < outer.prefix) return false;
  const free = BigInt(BITS[outer.family] - outer.prefix);
  return outer.address >> free === inner.address >> free;
}

/** IPv4 addresses in IPv6's notation, which Kubernetes refuses. */
const MAPPED: Block = { family: 6, address: 0xffffn << 32n, prefix: 96 };

interface Mistake {
  reason: string;
  remedy: string;
}

/** What is wrong with a block as a user writes it, if anything. */
export function blockMistake(text: string): Mistake | undefined {
  const block = parseBlock(text);
  if (block) {
    if (contains(MAPPED, block)) {
      const { address, prefix } = block;
      const plain = canonical({ family: 4, address: address & 0xffff_ffffn, prefix: prefix - 96 });
      return { reason: "is an IPv4 address written as IPv6", remedy: `write \`${plain}\`` };
    }
    const free = BigInt(BITS[block.family] - block.prefix);
    if ((block.address >> free) << free === block.address) return undefined;
    const address = text.replace(/\/.*/, "");
    return {
      reason: `is an address inside of the block ${canonical(block)}`,
      remedy: `write \`${canonical(block)}\`, or \`${address}/${BITS[block.family]}\` for that address alone`,
    };
  }
  const family = isIP(text);
  if (family !== 0) {
    const bits = BITS[family as 4 | 6];
    return { reason: "has no prefix length", remedy: `write \`${text}/${bits}\` for this address alone` };
  }
  if (/[a-z]/i.test(text) && !text.includes(":")) {
    return {
      reason: "is a name, and network policies know addresses only",
      remedy: "write its addresses, e.g. `203.0.113.0/24`; for public servers `ports` alone will do",
    };
  }
  return { reason: "is not a block of addresses", remedy: "write e.g. `203.0.113.0/24`" };
}

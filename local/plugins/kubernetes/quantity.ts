// Quantities ("0.5", "1024Mi") in the API server's canonical form ("500m", "1Gi"): no fraction, and the
// largest suffix that needs none. What isn't a quantity is returned as it came, for the server to refuse.
import type { Value } from "./object";

const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|[KMGTPE]i|[eE][+-]?\d+)?$/;

export function canonicalQuantity(value: Value): Value {
  const match = pattern.exec(String(value).trim());
  if (!match || (typeof value !== "string" && typeof value !== "number")) return value;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  if (whole + fraction === "") return value;
  const minus = sign === "-" ? "-" : "";
  if (suffix.endsWith("i")) {
    const bytes = BigInt(whole + fraction) * 1024n ** BigInt(binary.indexOf(suffix));
    const scale = 10n ** BigInt(fraction.length);
    if (bytes % scale === 0n) return minus + inBinary(bytes / scale);
    // A fraction of a byte: rounded up, as the server does, in thousandths.
    return minus + inDecimal((bytes * 1000n + scale - 1n) / scale, "m");
  }
  if (/^[eE]/.test(suffix) && suffix.length > 1) return value;
  const places = 3 * (decimal.indexOf(suffix) - decimal.indexOf("n")) - fraction.length;
  const digits = BigInt(whole + fraction);
  const nano = places >= 0 ? digits * 10n ** BigInt(places) : roundUp(digits, 10n ** BigInt(-places));
  return minus + inDecimal(nano, "n");
}

const roundUp = (value: bigint, by: bigint) => (value + by - 1n) / by;

function inDecimal(amount: bigint, unit: string): string {
  if (amount === 0n) return "0";
  let rest = amount;
  let at = decimal.indexOf(unit);
  while (rest % 1000n === 0n && at < decimal.length - 1) {
    rest /= 1000n;
    at += 1;
  }
  return `${rest}${decimal[at]}`;
}

function inBinary(amount: bigint): string {
  if (amount === 0n) return "0";
  let rest = amount;
  let at = 0;
  while (rest % 1024n === 0n && at < binary.length - 1) {
    rest /= 1024n;
    at += 1;
  }
  return `${rest}${binary[at]}`;
}

// Stands wherever a program meets a value that only a deployment knows. It answers to anything (a property, a
// call, `new`) with itself, so a program runs to its end; what arrives in the arguments of a stack is an Output.

/** The value that stands for everything unknown. */
export const placeholder: unknown = new Proxy(function unknown() {}, {
  get(_target, property) {
    if (property === "__pulumiOutput") return true;
    // Not a promise, or `await` would wait for ever.
    if (property === "then") return undefined;
    if (property === Symbol.toPrimitive || property === "toString") return () => "<known at deployment>";
    if (property === Symbol.iterator) return function* () {};
    if (property === "prototype") return Object.prototype;
    return placeholder;
  },
  apply: () => placeholder,
  construct: () => placeholder as object,
});

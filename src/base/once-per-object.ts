// Derives a value from an immutable object once; what was derived is forgotten together with the object.

/** For pure functions of objects that live long and are asked about often. A result of undefined is derived anew each time. */
export function oncePerObject<K extends object, V>(derive: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const value = derive(key);
    known.set(key, value);
    return value;
  };
}

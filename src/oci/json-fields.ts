// Reads known fields out of JSON objects as Go's encoding/json does, except that what Go would take by another case is refused.
import { Fault } from '../base/fault.ts';
import { foldKey, isJsonObject, type JsonObject, type JsonValue } from '../base/strict-json.ts';

/** The fields that a document may have, by their folded names; made once per kind of object. */
export interface KnownFields {
  readonly what: string;
  readonly byFold: ReadonlyMap<string, string>;
}

export function knownFields(what: string, names: readonly string[]): KnownFields {
  return { what, byFold: new Map(names.map((name) => [foldKey(name), name])) };
}

/**
 * The object, proven to write every known field in its right case. Unknown fields are left alone.
 * @throws Fault `image/malformed` for what is no object, `integrity/ambiguous` for a known field in another case.
 */
export function openObject(value: JsonValue | undefined, known: KnownFields): JsonObject {
  if (!isJsonObject(value)) throw new Fault('image/malformed', `the ${known.what} is not a JSON object`);
  for (const key of Object.keys(value)) {
    const name = known.byFold.get(foldKey(key));
    if (name !== undefined && name !== key) {
      throw new Fault('integrity/ambiguous', `the ${known.what} writes its field ${name} in another case`);
    }
  }
  return value;
}

export function stringField(object: JsonObject, name: string): string | undefined {
  const value = object[name] ?? undefined;
  if (value !== undefined && typeof value !== 'string') throw wrongType(name, 'a string');
  return value;
}

export function numberField(object: JsonObject, name: string): number | undefined {
  const value = object[name] ?? undefined;
  if (value !== undefined && typeof value !== 'number') throw wrongType(name, 'a number');
  return value;
}

export function booleanField(object: JsonObject, name: string): boolean {
  const value = object[name] ?? false;
  if (typeof value !== 'boolean') throw wrongType(name, 'a boolean');
  return value;
}

/** Null and absent arrays are empty. */
export function arrayField(object: JsonObject, name: string): readonly JsonValue[] {
  const value = object[name] ?? [];
  if (!isJsonArray(value)) throw wrongType(name, 'an array');
  return value;
}

/** A null element is an empty string, as it is in Go. */
export function stringsField(object: JsonObject, name: string): readonly string[] {
  return arrayField(object, name).map((element) => {
    const text = element ?? '';
    if (typeof text !== 'string') throw wrongType(name, 'an array of strings');
    return text;
  });
}

/** A map of strings under keys that strangers chose; it has no prototype, so that `__proto__` is a key like any other. */
export function stringMapField(object: JsonObject, name: string): Readonly<Record<string, string>> {
  const map: Record<string, string> = Object.create(null);
  for (const [key, element] of mapEntries(object, name)) {
    const text = element ?? '';
    if (typeof text !== 'string') throw wrongType(name, 'a map of strings');
    map[key] = text;
  }
  return map;
}

/** The keys of a set that is written as a map to empty objects. */
export function setField(object: JsonObject, name: string): readonly string[] {
  return mapEntries(object, name).map(([key]) => key);
}

function mapEntries(object: JsonObject, name: string): readonly (readonly [string, JsonValue])[] {
  const value = object[name] ?? undefined;
  if (value === undefined) return [];
  if (!isJsonObject(value)) throw wrongType(name, 'a map');
  return Object.entries(value);
}

/** Whether a field is there at all; null counts as absent, as it does in Go. */
export function hasField(object: JsonObject, name: string): boolean {
  return (object[name] ?? undefined) !== undefined;
}

export function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function wrongType(name: string, wanted: string): Fault {
  return new Fault('image/malformed', `the field ${name} is not ${wanted}`);
}

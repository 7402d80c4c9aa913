/** What is not known; `text` is how it stands in a text. */
export class Unknown {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value of HCL; an object is a map. */
export type HclValue = string | number | boolean | null | readonly HclValue[] | HclObject | Unknown;
/** An object or map of HCL. */
export type HclObject = ReadonlyMap<string, HclValue>;

/** Whether a value is an object. */
export function isObject(value: HclValue | undefined): value is HclObject {
  return value instanceof Map;
}

/** A value in a text, as HCL converts it; undefined where it has none, or that is not known. */
export function textOfValue(value: HclValue | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** A value as a condition, as HCL converts it; undefined for anything else. */
export function booleanOf(value: HclValue | undefined): boolean | undefined {
  return value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined;
}

/** Whether two values are the same; collections are by what is in them. */
export function isEqual(one: HclValue | undefined, other: HclValue | undefined): boolean {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isEqual(item, other[index]));
  if (isObject(one) && isObject(other))
    return one.size === other.size && [...one].every(([key, value]) => isEqual(value, other.get(key)));
  return one === other;
}

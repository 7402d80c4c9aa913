/** What is not known; `text` is how it stands in a text. */
export class Unknown {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HclValue = string | number | boolean | null | readonly HclValue[] | HclObject | Unknown;
export type HclObject = ReadonlyMap<string, HclValue>;

export function isObject(value: HclValue | undefined): value is HclObject {
  return value instanceof Map;
}

/** A value in a text, as HCL converts it; undefined where it has none, or that is not known. */
export function textOfValue(value: HclValue | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** What a server asks for before it answers (RFC 9110, 11.6.1). Scheme and names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const PART = /\s*,?\s*([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|(?=\s|,|$))/sy;

/** Reads WWW-Authenticate: one header or several, each with one challenge or several, commas in quotes and between them. */
export function challengesOf(given: string | readonly string[] | undefined): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const header of typeof given === 'string' ? [given] : (given ?? [])) {
    PART.lastIndex = 0;
    for (let match = PART.exec(header); match !== null; match = PART.exec(header)) {
      const [, name = '', quoted, plain] = match;
      const value = quoted?.replace(/\\(.)/gs, '$1') ?? plain;
      if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
      else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
    }
  }
  return challenges;
}

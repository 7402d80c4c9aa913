/** A name without leading `./` and `/` and without empty parts; `..` takes a part away and never leaves the root. */
export function normalName(name: string): string {
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

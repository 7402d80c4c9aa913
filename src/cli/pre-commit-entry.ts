import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

/**
 * A .pre-commit-config.yaml with a further repository as the last of its `repos`; all other bytes stay. Undefined where the
 * file is not written as it usually is (`repos` as a list in block style), so that nothing is known of where to put it.
 */
export function withHook(text: string, repository: string, revision: string, hook: string): string | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const repos = document.get('repos');
  if (!isSeq(repos) || repos.flow === true || !repos.range) return undefined;
  const last = repos.items.at(-1);
  if (!isMap(last) || last.flow === true || !last.range) return undefined;
  const first = last.items[0]?.key;
  if (!isScalar(first) || !first.range) return undefined;
  // The dash stands on the line of the item's first key.
  const line = text.slice(text.lastIndexOf('\n', first.range[0] - 1) + 1, first.range[0]);
  const [, indent, gap] = /^( *)-( +)$/.exec(line) ?? [];
  if (indent === undefined || gap === undefined) return undefined;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const inner = `${indent} ${gap}`;
  const entry = [
    `${indent}-${gap}repo: ${repository}`,
    `${inner}rev: ${revision}`,
    `${inner}hooks:`,
    `${inner}  - id: ${hook}`,
  ];
  // The value ends in its last line, before comments that stand behind the list.
  const end = text.slice(0, last.range[1]).trimEnd().length;
  const rest = text.slice(end);
  const [, comment = ''] = /^([ \t]*(?:#[^\r\n]*)?)/.exec(rest) ?? [];
  const after = `${text.slice(0, end)}${comment}${newline}${entry.join(newline)}${rest.slice(comment.length) || newline}`;
  return isSame(document.toJS(), parseDocument(after).toJS()) ? after : undefined;
}

/** Whether all that was said before is said behind the change: a block scalar may count the lines behind it. */
function isSame(before: { repos: unknown[] }, after: { repos?: unknown[] }): boolean {
  return isDeepStrictEqual(before, { ...after, repos: after.repos?.slice(0, -1) });
}

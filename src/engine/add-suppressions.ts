import { applyEdits, type Edit, insertLines } from '../dockerfile/edit.ts';
import type { EmbeddedText } from '../dockerfile/embedded.ts';
import type { Instruction } from '../dockerfile/instructions.ts';
import { contains } from '../dockerfile/range.ts';
import { readDockerfile } from '../dockerfile/reader.ts';
import type { Finding } from './lint.ts';
import { readSuppressions } from './suppressions.ts';

/**
 * The text with a comment above each instruction that something was found in, or with further names in the comment of ours
 * that stands there. Findings outside of instructions, and those whose line begins inside another one, stay as they are.
 * `inlines`: the Dockerfiles in the text, where it is no Dockerfile itself.
 */
export function addSuppressions(
  text: string,
  findings: readonly Finding[],
  reason: string,
  inlines?: readonly EmbeddedText[],
): string {
  if (inlines === undefined) return applyEdits(text, commentEdits(text, findings, reason));
  // Several builds may have the same Dockerfile.
  const places = new Map(inlines.map((inline) => [inline.place.start, inline]));
  const edits = [...places.values()].flatMap((inline) => {
    const own = findings.flatMap(({ rule, range }) => {
      const inner = inline.inner(range);
      return inner === undefined ? [] : [{ rule, range: inner }];
    });
    return commentEdits(inline.text, own, reason).flatMap((edit) => inline.edit(edit) ?? []);
  });
  return applyEdits(text, edits);
}

function commentEdits(text: string, findings: readonly Pick<Finding, 'rule' | 'range'>[], reason: string): Edit[] {
  const file = readDockerfile(text);
  const names = new Map<Instruction, Set<string>>();
  for (const { range, rule } of findings) {
    const instruction = file.instructions.find((candidate) => contains(candidate.range, range));
    if (instruction === undefined) continue;
    names.set(instruction, (names.get(instruction) ?? new Set()).add(rule.id));
  }
  const own = readSuppressions(file, undefined).filter((one) => one.isOwn && one.reason !== '' && !one.isExpired);
  return [...names].flatMap(([instruction, ids]): Edit[] => {
    const list = [...ids].sort();
    const { start } = instruction.range;
    const above = own.find(({ covers, range }) => covers.start === start && range.end <= start);
    if (above !== undefined) {
      const at = text.indexOf(']', above.range.start);
      return [{ range: { start: at, end: at }, text: `${above.names.length === 0 ? '' : ', '}${list.join(', ')}` }];
    }
    const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    const edit = insertLines(file, instruction, 'before', [
      `${indent}# plimsoll: ignore[${list.join(', ')}] ${reason}`,
    ]);
    return edit === undefined ? [] : [edit];
  });
}

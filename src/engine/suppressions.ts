import type { Comment, Dockerfile } from '../dockerfile/instructions.ts';
import type { Range } from '../dockerfile/range.ts';
import { checkFields } from './check-directive.ts';

/** A comment that silences rules: `# plimsoll: ignore[rule] reason`, or another tool's that is honoured by alias. */
export interface Suppression {
  /** Rules, families or aliases. */
  readonly names: readonly string[];
  /** Where findings are silenced: an instruction, a line of it, or the whole file. */
  readonly covers: Range;
  readonly reason: string;
  /** Ours need a reason to count; the others' comments have no place for one. */
  readonly isOwn: boolean;
  /** `until=2027-01-31`: the last day it holds; undefined: for good. */
  readonly until: string | undefined;
  /** It holds no more, or its date is none. */
  readonly isExpired: boolean;
  readonly range: Range;
}

/** A name in a comment of ours that silenced nothing. */
export interface UnusedName {
  readonly suppression: Suppression;
  readonly name: string;
  /** No rule has that name; else the rules that have it ran and found nothing there. */
  readonly isUnknown: boolean;
  /** The nearest right name. */
  readonly meant: string | undefined;
}

/** What the comment says before it is known what it covers. */
interface Parsed {
  readonly names: readonly string[];
  readonly reason: string;
  readonly isOwn: boolean;
  readonly until?: string | undefined;
  /** How far it reaches; undefined: over what follows. */
  readonly scope?: 'file' | 'stage' | undefined;
}

/**
 * Reads the comments of a file. One above an instruction covers it whole; one inside a continued instruction covers the next
 * line of it; `ignore-file` covers everything.
 */
export function readSuppressions(file: Dockerfile, today: string | undefined): Suppression[] {
  const suppressions: Suppression[] = [];
  for (const comment of file.comments) {
    if (!/ignore|skip/.test(comment.text)) continue;
    const isDirective = file.directives.some(({ range }) => range.start === comment.range.start);
    const parsed = parseComment(comment.text, isDirective);
    if (parsed === undefined) continue;
    const covers = coveredBy(file, comment, parsed.scope);
    if (covers === undefined) continue;
    const { names, reason, isOwn, until } = parsed;
    const isExpired = until !== undefined && (!isDate(until) || (today !== undefined && until < today));
    suppressions.push({ names, reason, isOwn, until, isExpired, covers, range: comment.range });
  }
  return suppressions;
}

function parseComment(text: string, isDirective: boolean): Parsed | undefined {
  const own = /^plimsoll:\s*ignore(-file)?\[([^\]]*)\]\s*(.*)$/i.exec(text);
  if (own !== null) {
    const [, file, names, words = ''] = own;
    const [, until, reason] = /^until=(\S*)\s*(.*)$/.exec(words) ?? [undefined, undefined, words];
    return {
      names: split(names),
      reason: reason ?? '',
      isOwn: true,
      until,
      scope: file === undefined ? undefined : 'file',
    };
  }
  const hadolint = /^hadolint\s+(?:(global|stage)\s+)?ignore\s*=\s*([\w,\s]+?)\s*(?:#.*)?$/i.exec(text);
  if (hadolint !== null) {
    const [, scope, names] = hadolint;
    const isStage = scope?.toLowerCase() === 'stage';
    return {
      names: prefixed('hadolint', names),
      reason: '',
      isOwn: false,
      scope: scope === undefined ? undefined : isStage ? 'stage' : 'file',
    };
  }
  const check = /^check\s*=(.*)$/i.exec(text)?.[1];
  if (check !== undefined) {
    const names = checkFields(check).skip.map((name) => `buildkit:${name}`);
    return { names, reason: '', isOwn: false, scope: isDirective ? 'file' : undefined };
  }
  const tally = /^tally\s+(global\s+)?ignore\s*=\s*([\w/,\-\s]+?)\s*(?:;.*)?$/i.exec(text);
  if (tally !== null) {
    const names = split(tally[2]).map((name) => name.replace('/', ':'));
    return { names, reason: '', isOwn: false, scope: tally[1] === undefined ? undefined : 'file' };
  }
  return undefined;
}

/** A day of the calendar as ISO 8601 writes it. */
export function isDate(text: string): boolean {
  const [, year, month, day] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days;
}

function split(list: string | undefined): string[] {
  return (list ?? '').split(/[,\s]+/).filter(Boolean);
}

function prefixed(tool: string, list: string | undefined): string[] {
  return split(list).map((name) => `${tool}:${name}`);
}

function coveredBy(file: Dockerfile, comment: Comment, scope: Parsed['scope']): Range | undefined {
  if (scope === 'file') return { start: 0, end: file.text.length };
  if (scope === 'stage') {
    const start = comment.range.end;
    const next = file.instructions.find(({ keyword, range }) => keyword === 'FROM' && range.start > start);
    return { start, end: next?.range.start ?? file.text.length };
  }
  if (!comment.inside)
    return file.instructions.find((instruction) => instruction.range.start > comment.range.start)?.range;
  // The next line that holds text of the instruction.
  let start = file.text.indexOf('\n', comment.range.end) + 1;
  while (start > 0) {
    const next = file.text.indexOf('\n', start);
    const end = next === -1 ? file.text.length : next;
    const line = file.text.slice(start, end).trim();
    if (line !== '' && !line.startsWith('#')) return { start, end };
    if (next === -1) return undefined;
    start = next + 1;
  }
  return undefined;
}

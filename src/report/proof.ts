import type { Activation } from '../image/activation.ts';
import type { Built, Comparison } from '../prove/compare.ts';
import { fenced } from './advice.ts';
import { formatBytes } from './bytes.ts';

/** What building a file as it is and as it is mended has shown. */
export interface Proof {
  readonly path: string;
  /** What a build said that failed; undefined for an image that was built. */
  readonly before: Built | string;
  readonly after: Built | string;
  /** Undefined where one of them was not built. */
  readonly comparison: Comparison | undefined;
  /** What the fixes mend, by rule. */
  readonly mended: readonly string[];
  readonly patch: string;
}

/** For people, as Markdown. */
export function proofMarkdown({ path, before, after, comparison, mended, patch }: Proof): string {
  const lines = [`# ${path}, as it is and mended`, '', `Mended: ${mended.join(', ')}.`, ''];
  lines.push(`- as it is: ${typeof before === 'string' ? `**does not build** (${before})` : 'builds'}`);
  lines.push(`- mended: ${typeof after === 'string' ? `**does not build** (${after})` : 'builds'}`, '');
  if (typeof after !== 'string') {
    const one = typeof before === 'string' ? undefined : before;
    if (comparison !== undefined) lines.push(...comparisonLines(comparison));
    lines.push(
      '## Layers',
      '',
      ...layerTable(one, after),
      '',
      '## Who gets which Python',
      '',
      ...activationTable(one, after),
      '',
    );
    lines.push('## Who may use it', '', ...accessTable(one, after), '');
  }
  lines.push('## The change', '', ...fenced('diff', patch.trimEnd()));
  return `${lines.join('\n')}\n`;
}

function comparisonLines({ gone, added, lost, size }: Comparison): string[] {
  const difference = size.after - size.before;
  const list = (findings: Comparison['gone']) =>
    findings.map(
      ({ rule, severity, message, path }) =>
        `- ${rule.id} (${severity})${path === undefined ? '' : ` ${path}`}: ${message}`,
    );
  return [
    '## What is different',
    '',
    `Size of all layers: ${formatBytes(size.before)} before, ${formatBytes(size.after)} after (${difference < 0 ? '-' : '+'}${formatBytes(Math.abs(difference))}).`,
    '',
    ...(gone.length === 0 ? ['No finding in the image is gone.'] : ['Gone:', '', ...list(gone)]),
    ...(added.length === 0 ? ['', 'No finding is new.'] : ['', 'New:', '', ...list(added)]),
    ...(lost.length === 0
      ? ['', 'Every program that was found is found still, in every way into the container.']
      : ['', 'No longer found:', '', ...lost.slice(0, 20).map(({ how, name }) => `- ${name} (${how})`)]),
    '',
  ];
}

function layerTable(before: Built | undefined, after: Built): string[] {
  const row = ({ index, instruction, size, wasted }: Built['inspection']['layers'][number]) =>
    `| ${index} | ${size === null ? '' : formatBytes(size)} | ${wasted === null ? '' : formatBytes(wasted)} | ${cell(instruction ?? '')} |`;
  const table = (title: string, { inspection: { layers } }: Built) => [
    `${title}:`,
    '',
    '| layer | size | wasted | made by |',
    '| ----: | ---: | -----: | ------- |',
    ...layers.map(row),
  ];
  return [...(before === undefined ? [] : [...table('As it is', before), '']), ...table('Mended', after)];
}

/** Text of an image in a cell of a table. */
function cell(text: string): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('`', "'");
  return line.length > 80 ? `\`${line.slice(0, 79)}…\`` : `\`${line}\``;
}

function activationTable(before: Built | undefined, after: Built): string[] {
  const was = (how: string) => before?.inspection.model.activations.find((row) => row.how === how);
  const show = (row: Activation | undefined, name: 'python3' | 'pip') =>
    row === undefined ? '' : (row[name]?.found ?? (row.path === undefined ? 'not known' : 'none'));
  return [
    '| how | python3 before | python3 | pip before | pip | VIRTUAL_ENV |',
    '| --- | -------------- | ------- | ---------- | --- | ----------- |',
    ...after.inspection.model.activations.map(
      (row) =>
        `| ${row.how} | ${show(was(row.how), 'python3')} | ${show(row, 'python3')} | ${show(was(row.how), 'pip')} | ${show(row, 'pip')} | ${row.virtualEnv ?? 'none'} |`,
    ),
  ];
}

function accessTable(before: Built | undefined, after: Built): string[] {
  const rights = (one: { read: boolean; execute: boolean; write: boolean } | undefined) =>
    one === undefined ? '' : `${one.read ? 'r' : '-'}${one.write ? 'w' : '-'}${one.execute ? 'x' : '-'}`;
  const was = before?.inspection.model.accesses ?? [];
  return [
    '| user | what | path | before | after |',
    '| ---- | ---- | ---- | ------ | ----- |',
    ...after.inspection.model.accesses.map((access) => {
      const { user, path, what } = access;
      const old = was.find(
        (one) => one.path === path && one.what === what && one.user.uid === user.uid && one.user.gid === user.gid,
      );
      return `| ${user.uid}:${user.gid} | ${what} | ${path} | ${rights(old)} | ${rights(access)} |`;
    }),
  ];
}

/** As JSON (docs/json.md). */
export function proofJson({ path, before, after, comparison, mended, patch }: Proof, version: string): string {
  const side = (built: Built | string) =>
    typeof built === 'string'
      ? { built: false, error: built }
      : {
          built: true,
          total: built.inspection.total,
          wasted: built.inspection.wasted,
          layers: built.inspection.layers.map(({ index, size, wasted, instruction }) => ({
            index,
            size,
            wasted,
            instruction: instruction ?? null,
          })),
          findings: built.findings.map(({ rule, severity, message, path: where }) => ({
            rule: rule.id,
            severity,
            message,
            path: where ?? null,
          })),
          activation: built.inspection.model.activations.map(({ how, python3, pip, virtualEnv }) => ({
            how,
            python3: python3?.found ?? null,
            pip: pip?.found ?? null,
            virtualEnv: virtualEnv ?? null,
          })),
          access: built.inspection.model.accesses.map(({ user, path: where, read, execute, write }) => ({
            uid: user.uid,
            gid: user.gid,
            path: where,
            read,
            execute,
            write,
          })),
        };
  const document = {
    version: 1,
    tool: { name: 'plimsoll', version },
    path,
    mended,
    patch,
    before: side(before),
    after: side(after),
    different:
      comparison === undefined
        ? null
        : {
            gone: comparison.gone.map(({ rule }) => rule.id),
            added: comparison.added.map(({ rule }) => rule.id),
            lost: comparison.lost,
            size: comparison.size,
          },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

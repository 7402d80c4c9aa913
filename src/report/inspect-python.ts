import type { Access } from '../image/access.ts';
import type { Activation, Way } from '../image/activation.ts';
import type { ExecChain } from '../image/exec.ts';
import type { FileSystem } from '../image/file-system.ts';
import type { Inspection } from '../image/inspect.ts';
import type { ImageEnvironment } from '../image/python/environments.ts';
import type { Interpreter } from '../image/python/interpreters.ts';
import { printableText } from '../image/tree.ts';
import { nameOf } from '../image/users.ts';
import { formatBytes } from './bytes.ts';
import type { Paint } from './text.ts';

/** What a way into the container is called. */
const WAYS: Readonly<Record<Way, string>> = {
  exec: 'exec, CMD, RUN',
  sh: 'sh -c',
  'login-shell': 'login shell',
  sudo: 'sudo',
  'sudo-login': 'sudo -i',
  'su-login': 'su -',
  cron: 'cron',
};

/** The Pythons of an image, who gets which, and who may use them; nothing where there is none. */
export function pythonLines({ model, layers }: Inspection, paint: Paint): string[] {
  const { python, activations, accesses } = model;
  if (python.interpreters.length === 0 && python.environments.length === 0) return [];
  const by = (layer: number): string => {
    const instruction = layers[layer]?.instruction;
    return `layer ${layer}${instruction === undefined ? '' : ` (${shorten(instruction)})`}`;
  };
  return [
    '',
    paint('bold', 'Python'),
    ...python.interpreters.map((interpreter) => `  ${interpreterLine(interpreter, by)}`),
    ...python.environments.map((environment) => `  ${environmentLine(environment, model.files)}`),
    ...(activations.length === 0
      ? []
      : ['', paint('bold', 'Who gets which Python'), ...activationLines(activations, paint)]),
    ...(python.environments.length === 0 ? [] : accessLines(accesses, paint)),
  ].map((line) => line.trimEnd());
}

function interpreterLine({ path, version, kind, owner, marker }: Interpreter, by: (layer: number) => string): string {
  const from = owner === undefined ? kind : `${kind}, package ${owner}`;
  const changed = marker.changedBy === undefined ? '' : ` by ${by(marker.changedBy)}`;
  const states = {
    intact: 'marker intact',
    edited: `marker edited${changed}`,
    removed: `marker removed${changed}`,
    suppressed: `marker suppressed${changed}`,
    absent: 'no marker',
  };
  return printableText(`${path}  Python ${version} (${from}), ${states[marker.state]}`);
}

function environmentLine(
  { path, kind, createdAt, interpreter, target, version, size }: ImageEnvironment,
  files: FileSystem,
): string {
  const of =
    interpreter === undefined
      ? target === undefined
        ? 'without a python'
        : `of ${target}${files.find(target) === undefined ? ', which is not in the image' : ''}`
      : interpreter.path.startsWith(`${path}/`)
        ? ''
        : `of ${interpreter.path}`;
  const moved = createdAt === undefined || createdAt === path ? '' : `, made at ${createdAt}`;
  const words = [path, ` ${kind}`, version === undefined ? '' : `for Python ${version}`, of].filter(Boolean).join(' ');
  return printableText(`${words}, ${formatBytes(size)}${moved}`);
}

/** The head of the table of activation. */
export const ACTIVATION_HEAD = ['way in', 'user', 'python', 'python3', 'pip', 'VIRTUAL_ENV'] as const;

function activationLines(activations: readonly Activation[], paint: Paint): string[] {
  return tableLines(ACTIVATION_HEAD, activationRows(activations), paint);
}

/** A row for each way; ways that give the same stand together. */
export function activationRows(activations: readonly Activation[]): string[][] {
  const rows = new Map<string, { ways: string[]; cells: string[] }>();
  for (const { how, user, path, python, python3, pip, virtualEnv } of activations) {
    const cells =
      path === undefined
        ? [nameOf(user), 'not known: PATH depends on what only running tells']
        : [
            nameOf(user),
            found(python),
            found(python3),
            found(pip),
            virtualEnv === null ? 'not known' : (virtualEnv ?? 'not set'),
          ];
    const key = cells.join('\n');
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { ways: [WAYS[how]], cells });
    else row.ways.push(WAYS[how]);
  }
  return [...rows.values()].map(({ ways, cells }) => [ways.join('; '), ...cells]);
}

function found(chain: ExecChain | undefined): string {
  if (chain?.found === undefined) return 'none';
  return chain.failure === undefined ? chain.found : `${chain.found}, broken`;
}

function accessLines(accesses: readonly Access[], paint: Paint): string[] {
  const rows = accesses.map(({ user, path, read, execute, write, because }) => {
    const rights = [read ? 'read' : undefined, execute ? 'run' : undefined, write ? 'write' : undefined].filter(
      Boolean,
    );
    return [
      `${user.uid}:${user.gid}`,
      path,
      rights.length === 0 ? 'nothing' : rights.join(', '),
      because === undefined ? '' : `because of ${because}`,
    ];
  });
  // Home and working directory may be one place.
  const unique = [...new Map(rows.map((row) => [row.join('\n'), row])).values()];
  return ['', paint('bold', 'Who may do what'), ...tableLines(['user', 'place', 'may', ''], unique, paint)];
}

function tableLines(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row.length > column + 1 ? (row[column]?.length ?? 0) : 0))),
  );
  const line = (row: readonly string[]): string =>
    printableText(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  return [paint('dim', line(head)), ...rows.map(line)];
}

function shorten(instruction: string): string {
  return instruction.length > 80 ? `${instruction.slice(0, 79)}…` : instruction;
}

import type { Range } from '../dockerfile/range.ts';
import type { Step } from '../dockerfile/stages.ts';
import type { Order } from './call.ts';
import type { FileLine, FileWrite } from './files.ts';
import type { ConfigWrite, Install, Target } from './model.ts';

/** A key with its value as a file or a command line gives them. */
interface Entry {
  readonly key: string;
  readonly section: string;
  readonly value: string;
  readonly range: Range;
  readonly words?: ConfigWrite['words'];
}

/** Where pip looks for its configuration, pip.pypa.io/en/stable/topics/configuration; a venv has a pip.conf of its own too. */
const PIP_CONF = /(?:^\/etc|\/etc\/xdg\/pip|\/\.config\/pip|\/\.pip|venv[^/]*)\/pip\.conf$/;

/** `pip config set SECTION.KEY VALUE`, `poetry config KEY VALUE`, `pdm config KEY VALUE`. */
export function configSetBy(install: Install): ConfigWrite[] {
  const { tool, action, line, step, order, target } = install;
  if (action !== 'config') return [];
  const words = tool === 'pip' ? line.operands.slice(2) : line.operands.slice(1);
  const [key, value] = words;
  if ((tool === 'pip' && line.operands[1]?.value !== 'set') || key === undefined || value === undefined) return [];
  const [section = '', ...rest] = tool === 'pip' ? key.value.split('.') : ['', key.value];
  const entry: Entry = {
    key: normalKey(rest.join('.')),
    section,
    value: value.value,
    range: key.range,
    words: { key, value },
  };
  return [writeOf(entry, tool, step, order, target)];
}

/** What is written into a pip.conf: by `echo`, `printf`, `cat <<EOF`, `tee`, or `COPY <<EOF`. */
export function configWrittenBy({ path, lines, step, order, call }: FileWrite, target: () => Target): ConfigWrite[] {
  if (path.text.endsWith('/poetry.toml')) return poetryWrites(lines, step, order, target);
  const named = call?.variable('PIP_CONFIG_FILE')?.value;
  if (!PIP_CONF.test(path.text) && !(named?.known === true && named.text === path.text)) return [];
  const entries: Entry[] = [];
  let section = '';
  for (const { text, range } of lines) {
    section = /^\s*\[([\w-]+)\]/.exec(text)?.[1] ?? section;
    const pair = /^\s*([A-Za-z][\w-]*)\s*[=:]\s*(.*?)\s*$/.exec(text);
    if (pair !== null)
      entries.push({ key: normalKey(pair[1] ?? ''), value: pair[2] ?? '', section: section || 'global', range });
  }
  return entries.map((entry) => writeOf(entry, 'pip', step, order, target()));
}

/** `[virtualenvs]` and its keys (python-poetry.org/docs/configuration, local configuration). */
function poetryWrites(lines: readonly FileLine[], step: Step, order: Order, target: () => Target): ConfigWrite[] {
  const writes: ConfigWrite[] = [];
  let table = '';
  for (const { text, range } of lines) {
    table = /^\[([\w.-]+)\]/.exec(text)?.[1] ?? table;
    const pair = /^([\w-]+)\s*=\s*"?([^"#]*?)"?\s*(?:#.*)?$/.exec(text);
    if (pair === null) continue;
    const entry: Entry = { key: normalKey(`${table}.${pair[1] ?? ''}`), section: '', value: pair[2] ?? '', range };
    writes.push(writeOf(entry, 'poetry', step, order, target()));
  }
  return writes;
}

function writeOf(
  { words, ...entry }: Entry,
  tool: ConfigWrite['tool'],
  step: Step,
  order: Order,
  target: Target,
): ConfigWrite {
  return { ...entry, tool, words, step, order, target };
}

/** pip reads keys with `_` and `-` alike, in any case. */
function normalKey(key: string): string {
  return key.toLowerCase().replaceAll('_', '-');
}

import { parseGlob, trimPrefix } from '../dockerfile/glob.ts';
import type { ShellCommand, ShellWord } from '../shell/script.ts';
import type { Call } from './call.ts';
import type { Interpreter, MarkerSite } from './model.ts';
import { distributionPython, officialPython, type Pythons } from './search.ts';

/** A site before it is known whether it served anything. */
export type MarkerTouch = Omit<MarkerSite, 'isNeedless'>;

const MARKER = 'EXTERNALLY-MANAGED';

/** Marker paths a command takes away or empties. */
export function markerTouchesOf(call: Call, pythons: Pythons): MarkerTouch[] {
  const { command, step, order } = call;
  const touches: MarkerTouch[] = [];
  const touch = (effect: MarkerSite['effect'], word: ShellWord, interpreter: Interpreter): void => {
    const { value, range } = loopWord(word, command) ?? word;
    touches.push({ effect, path: value, range, command, step, order, interpreter });
  };
  const marked = (word: ShellWord): Interpreter | undefined => markerOwner(word, call, pythons);
  const operands = command.words.slice(1).filter((word) => !word.value.startsWith('-'));

  for (const { operator, target } of command.redirects) {
    if (target === undefined || !/^&?>\|?$/.test(operator)) continue;
    // Text written into it makes it another marker, not none.
    if (['', ':', 'true'].includes(command.program) || isNothing(command)) {
      const owner = marked(target);
      if (owner !== undefined) touch('emptied', target, owner);
    }
  }
  switch (command.program) {
    case 'rm':
    case 'unlink':
    case 'shred':
      for (const word of operands) {
        const owner = marked(word);
        if (owner !== undefined && (command.program !== 'shred' || command.words.some(isRemovingShred)))
          touch('removed', word, owner);
      }
      break;
    case 'mv': {
      const source = operands[0];
      const owner = source && marked(source);
      if (source !== undefined && owner !== undefined) touch('removed', source, owner);
      break;
    }
    case 'truncate': {
      const word = operands.find((operand) => marked(operand) !== undefined);
      const owner = word && marked(word);
      if (word !== undefined && owner !== undefined) touch('emptied', word, owner);
      break;
    }
    case 'cp': {
      const [source, word] = operands;
      const owner = word && marked(word);
      if (source?.value === '/dev/null' && word !== undefined && owner !== undefined) touch('emptied', word, owner);
      break;
    }
    case 'tee':
      if (command.redirects.some(({ operator, target }) => operator === '<' && target?.value === '/dev/null'))
        for (const word of operands) {
          const owner = marked(word);
          if (owner !== undefined) touch('emptied', word, owner);
        }
      break;
    case 'find':
      touchByFind(call, pythons, touch);
      break;
    case 'dpkg-divert': {
      const word = operands.at(-1);
      const owner = word && marked(word);
      const isUndone = command.words.some((option) =>
        ['--remove', '--list', '--listpackage', '--truename'].includes(option.value),
      );
      if (
        word !== undefined &&
        owner !== undefined &&
        !isUndone &&
        command.words.some((option) => option.value === '--rename')
      )
        touch('removed', word, owner);
      break;
    }
    default:
      touchByPython(command, pythons, touch);
  }
  return touches.map((found) =>
    found.effect === 'removed' && isPutBack(found, call) ? { ...found, effect: 'restored' as const } : found,
  );
}

/** `for f in GLOB; do rm "$f"`: the word that names the file stands in the loop's head. */
function loopWord(word: ShellWord, command: ShellCommand): ShellWord | undefined {
  const name = /^\$\{?(\w+)\}?$/.exec(word.value)?.[1];
  return command.loops.findLast((loop) => loop.name === name)?.words[0];
}

function isNothing({ program, words }: ShellCommand): boolean {
  return (
    (program === 'echo' && words.every((word, index) => index === 0 || word.value === '-n' || word.value === '')) ||
    (program === 'cat' && words[1]?.value === '/dev/null')
  );
}

function isRemovingShred(word: ShellWord): boolean {
  return word.value === '--remove' || /^-\w*u/.test(word.value);
}

/** Whose marker a word names; undefined where it names none, or one of another file system or environment. */
function markerOwner(word: ShellWord, call: Call, pythons: Pythons): Interpreter | undefined {
  const path = call.path(word).text;
  const slash = path.lastIndexOf('/');
  if (!namesMarker(path.slice(slash + 1))) return undefined;
  const directory = path.slice(0, slash);
  // "$(python3 -c …)/EXTERNALLY-MANAGED": whatever Python says its stdlib is.
  if (/^(?:\$\(|`).*python/.test(path)) return distributionPython(pythons.base);
  if (/^\/usr\/local\/lib/.test(directory))
    return pythons.base?.python === 'official'
      ? officialPython(pythons.base)
      : { kind: 'own', marker: 'unknown', version: undefined, path: undefined };
  return /^\/(?:usr|lib|lib64|\*)(?:\/|$|\*)/.test(directory) ? distributionPython(pythons.base) : undefined;
}

/** The marker's name, or a glob that can only be meant for it. */
function namesMarker(name: string): boolean {
  if (!/[*?]/.test(name)) return name === MARKER;
  if (!/EXT|MANAGED/.test(name)) return false;
  const atoms = parseGlob(name);
  return atoms !== undefined && trimPrefix(atoms, MARKER, true) === '';
}

type Touch = (effect: MarkerSite['effect'], word: ShellWord, interpreter: Interpreter) => void;

/** `find DIR -name EXTERNALLY-MANAGED -delete`, `-exec rm {}`, or piped to `xargs rm`. */
function touchByFind({ command, script }: Call, pythons: Pythons, touch: Touch): void {
  const { words } = command;
  const at = words.findIndex(
    (word, index) => /^-i?name$/.test(word.value) && namesMarker(words[index + 1]?.value ?? ''),
  );
  const name = words[at + 1];
  if (at === -1 || name === undefined || /^(?:!|-not)$/.test(words[at - 1]?.value ?? '')) return;
  const directories = words
    .slice(1)
    .filter((_word, index, all) => all.slice(0, index + 1).every((before) => before.value.startsWith('/')));
  if (!directories.some((word) => /^\/(?:$|usr|lib)/.test(word.value))) return;
  const exec = words.findIndex((word) => /^-(?:exec|execdir|ok)$/.test(word.value));
  const next = script.commands[command.index + 1];
  const isPiped =
    next?.connector === '|' &&
    next.wrappers.some(({ name: wrapper }) => wrapper === 'xargs') &&
    /^(?:rm|unlink)$/.test(next.program);
  if (
    words.some((word) => word.value === '-delete') ||
    /^(?:rm|unlink|mv)$/.test(words[exec + 1]?.value ?? '') ||
    isPiped
  )
    touch('removed', name, distributionPython(pythons.base));
}

function touchByPython(command: ShellCommand, pythons: Pythons, touch: Touch): void {
  if (!/^python[\d.]*$/.test(command.program)) return;
  const at = command.words.findIndex((word) => word.value === '-c');
  const code = command.words[at + 1];
  if (at === -1 || code === undefined || !code.value.includes(MARKER)) return;
  if (/\b(?:remove|unlink|rename|rmtree|replace)\b/.test(code.value))
    touch('removed', code, distributionPython(pythons.base));
}

/** A later mv or cp of the same RUN puts a marker back to that path. */
function isPutBack(touch: { path: string }, call: Call): boolean {
  const { command, script } = call;
  const later = script.commands.slice(command.index + 1);
  return later.some((next) => {
    const target = next.words.at(-1);
    if (!/^(?:mv|cp|install)$/.test(next.program) || target === undefined || target.value === '/dev/null') return false;
    return target.value === touch.path || call.path(target).text.endsWith(`/${MARKER}`);
  });
}

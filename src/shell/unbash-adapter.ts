import {
  type AndOr,
  type Assignment,
  type CompoundCommand,
  type CompoundList,
  forEachChild,
  type Pipeline,
  parse,
  type Redirection,
  type Function as ShellFunction,
  type Statement,
  type SyntaxNode,
  type Word,
} from 'unbash';
import type { SliceMap } from '../dockerfile/slice-map.ts';
import type {
  Connector,
  Construct,
  ListPlace,
  ShellAssignment,
  ShellCommand,
  ShellLoop,
  ShellProblem,
  ShellRedirect,
  ShellScope,
  ShellWord,
} from './script.ts';
import { UnbashWord } from './unbash-word.ts';

/** A simple command as the shell sees it: wrappers are still words. */
export type SimpleCommand = Omit<ShellCommand, 'index' | 'name' | 'program' | 'wrappers' | 'shell'>;

export interface ParsedShell {
  readonly commands: readonly SimpleCommand[];
  readonly problems: readonly ShellProblem[];
}

/** What holds for the commands of a list. */
interface Context {
  readonly within: readonly Construct[];
  readonly loops: readonly ShellLoop[];
  readonly scope: ShellScope;
  readonly isTolerated: boolean;
  readonly isConditional: boolean;
  readonly isTopLevel: boolean;
}

/**
 * Parses shell text as Bash and lists its simple commands. This file and unbash-word.ts alone know unbash: positions in its
 * tree are offsets in `map.text`. Never throws; what cannot be read becomes a problem and the rest is kept.
 */
export function parseShell(map: SliceMap, scope: ShellScope, within: readonly Construct[]): ParsedShell {
  const walker = new Walker(map);
  const script = parse(map.text);
  for (const error of script.errors ?? []) walker.problem(error.message, error.pos);
  walker.list(script.commands, {
    within,
    loops: [],
    scope,
    isTolerated: false,
    isConditional: false,
    isTopLevel: true,
  });
  return walker;
}

/** One element of a list: what stands between two connectors. */
interface Element {
  readonly node: Statement['command'];
  readonly before: Connector;
  readonly isBackground: boolean;
}

class Walker implements ParsedShell {
  readonly commands: SimpleCommand[] = [];
  readonly problems: ShellProblem[] = [];
  readonly #map: SliceMap;

  constructor(map: SliceMap) {
    this.#map = map;
  }

  problem(message: string, offset: number): void {
    this.problems.push({ message, range: this.#map.range(offset, offset + 1) });
  }

  list(statements: readonly Statement[], context: Context): void {
    const elements: Element[] = [];
    for (const [index, statement] of statements.entries()) {
      const previous = statements[index - 1];
      const gap = previous === undefined ? '' : this.#map.text.slice(previous.end, statement.pos);
      const before =
        previous === undefined ? 'first' : previous.background ? '&' : gap.includes('\n') ? 'newline' : ';';
      const isBackground = statement.background === true;
      const { command } = statement;
      if (command.type === 'AndOr') {
        for (const [part, node] of command.commands.entries())
          elements.push({ node, before: part === 0 ? before : (command.operators[part - 1] ?? '&&'), isBackground });
      } else elements.push({ node: command, before, isBackground });
    }
    let guarded = false;
    for (const [index, element] of elements.entries()) {
      const { node, before } = element;
      const next = elements[index + 1];
      if (before !== '&&' && before !== '||') guarded = false;
      if (before === '||') guarded = true;
      const own: Context = {
        ...context,
        within: element.isBackground ? [...context.within, 'background'] : context.within,
        isTolerated: context.isTolerated || isFollowedByOr(elements, index),
        isConditional: context.isConditional || guarded,
      };
      const place: ListPlace = {
        before,
        after: next?.before,
        previousEnd: index === 0 ? undefined : this.#map.endAt(elements[index - 1]?.node.end ?? 0),
        nextStart: next === undefined ? undefined : this.#map.at(next.node.pos),
        isTopLevel: context.isTopLevel,
      };
      this.#node(node, own, before, place);
      if (isTest(node)) guarded = true;
      // Behind `a || exit 1` the rest runs only where a went well, as without it.
      if (before === '||' && fails(node)) guarded = false;
    }
  }

  #node(node: SyntaxNode, context: Context, connector: Connector, place: ListPlace | undefined): void {
    switch (node.type) {
      case 'Command': {
        const words: ShellWord[] = [];
        if (node.name !== undefined) words.push(this.#word(node.name));
        const assignments: ShellAssignment[] = [];
        const redirects: ShellRedirect[] = [];
        for (const item of node.prefix) {
          if (item.type === 'Assignment') assignments.push(this.#assignment(item));
          else redirects.push(this.#redirect(item));
        }
        for (const item of node.suffix) {
          if (item.type === 'Word') words.push(this.#word(item));
          else if (item.type === 'Assignment') words.push(new UnbashWord(this.#map, item));
          else redirects.push(this.#redirect(item));
        }
        const { within, loops, scope, isTolerated, isConditional } = context;
        const range = this.#map.range(node.pos, node.end);
        this.commands.push({
          words,
          assignments,
          redirects,
          connector,
          within,
          loops,
          scope,
          place,
          range,
          isTolerated,
          isConditional,
        });
        // Looking into every word makes the parser take each of them apart.
        if (/\$\(|`|[<>]\(/.test(this.#map.text.slice(node.pos, node.end)))
          forEachChild(node, (child) => this.#substitutions(child, context));
        return;
      }
      case 'Pipeline':
        this.#pipeline(node, context, connector);
        return;
      case 'AndOr':
      case 'Statement':
        this.list([statementOf(node)], context);
        return;
      case 'Redirected':
        this.#node(node.command, context, connector, undefined);
        for (const redirect of node.redirects) forEachChild(redirect, (child) => this.#substitutions(child, context));
        return;
      case 'Function':
      case 'Coproc':
        this.#body(node.body, inside(context, 'function'));
        return;
      default:
        this.#compound(node, context);
    }
  }

  #compound(node: SyntaxNode, context: Context): void {
    switch (node.type) {
      case 'CompoundList':
        this.list(node.commands, { ...context, isTopLevel: false });
        return;
      case 'Subshell':
        this.#body(node.body, { ...inside(context, 'subshell'), scope: { parent: context.scope } });
        return;
      case 'BraceGroup':
        this.#body(node.body, inside(context, 'group'));
        return;
      case 'If':
        this.#body(node.clause, { ...inside(context, 'condition'), isTolerated: true });
        this.#body(node.then, branch(context, 'branch'));
        for (const elif of node.elif) {
          this.#body(elif.clause, { ...branch(context, 'condition'), isTolerated: true });
          this.#body(elif.then, branch(context, 'branch'));
        }
        if (node.else !== undefined) this.#body(node.else, branch(context, 'branch'));
        return;
      case 'While':
        this.#body(node.clause, { ...inside(context, 'condition'), isTolerated: true });
        this.#body(node.body, branch(context, 'loop'));
        return;
      case 'For':
      case 'Select':
        for (const word of node.wordlist ?? []) this.#substitutions(word, context);
        this.#body(node.body, {
          ...inside(context, 'loop'),
          loops: [
            ...context.loops,
            { name: node.name.value, words: (node.wordlist ?? []).map((word) => this.#word(word)) },
          ],
        });
        return;
      case 'ArithmeticFor':
        this.#body(node.body, inside(context, 'loop'));
        return;
      case 'Case':
        this.#substitutions(node.word, context);
        for (const item of node.items) this.#body(item.body, branch(context, 'case'));
        return;
      default:
        this.#substitutions(node, context);
    }
  }

  #body(node: CompoundCommand | CompoundList | ShellFunction['body'] | SyntaxNode, context: Context): void {
    this.#node(node, { ...context, isTopLevel: false }, 'first', undefined);
  }

  #pipeline(node: Pipeline, context: Context, connector: Connector): void {
    const isPipe = node.commands.length > 1;
    for (const [index, command] of node.commands.entries()) {
      // Only the last part's exit status counts; each part runs in a subshell of its own.
      const isLast = index === node.commands.length - 1;
      const own: Context = isPipe
        ? {
            ...inside(context, 'pipeline'),
            scope: { parent: context.scope },
            isTolerated: context.isTolerated || !isLast,
          }
        : context;
      this.#node(command, own, index === 0 ? connector : '|', undefined);
    }
  }

  /** Commands of `$(…)`, backquotes and `<(…)` below a node. */
  #substitutions(node: SyntaxNode, context: Context): void {
    if ((node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution') && node.script !== undefined) {
      // A script with escaped backquotes has positions of its own: nothing in it can be shown exactly.
      if (node.script.source !== undefined) return;
      for (const error of node.script.errors ?? []) this.problem(error.message, error.pos);
      this.list(node.script.commands, {
        ...inside(context, 'substitution'),
        scope: { parent: context.scope },
        isTolerated: true,
        isTopLevel: false,
      });
      return;
    }
    if (node.type === 'Command') return;
    forEachChild(node, (child) => this.#substitutions(child, context));
  }

  #word(node: Word): ShellWord {
    return new UnbashWord(this.#map, node);
  }

  #assignment(node: Assignment): ShellAssignment {
    return {
      name: node.name,
      value: node.value.type === 'Word' ? this.#word(node.value) : undefined,
      range: this.#map.range(node.pos, node.end),
      isWhole: this.#map.isWhole(node.pos, node.end),
    };
  }

  #redirect(node: Redirection): ShellRedirect {
    const { operator } = node;
    const descriptor = node.descriptor?.type === 'FileDescriptor' ? node.descriptor.value : undefined;
    const range = this.#map.range(node.pos, node.end);
    if (node.type === 'HereDoc')
      return { operator, descriptor, target: undefined, body: this.#map.sub(node.body.pos, node.body.end), range };
    return { operator, descriptor, target: node.target && this.#word(node.target), body: undefined, range };
  }
}

function inside(context: Context, construct: Construct): Context {
  return { ...context, within: [...context.within, construct] };
}

function branch(context: Context, construct: Construct): Context {
  return { ...inside(context, construct), isConditional: true };
}

function statementOf(node: AndOr | Statement): Statement {
  return node.type === 'Statement'
    ? node
    : { type: 'Statement', pos: node.pos, end: node.end, command: node, background: undefined };
}

/** `a && b || true`: a failure of `a` or `b` ends in what follows the `||`. */
function isFollowedByOr(elements: readonly Element[], index: number): boolean {
  for (let next = index + 1; next < elements.length; next++) {
    const before = elements[next]?.before;
    if (before === '||') return !fails(elements[next]?.node);
    if (before !== '&&') return false;
  }
  return false;
}

/** `|| exit 1`, `|| (echo …; false)`: the failure is passed on. */
function fails(node: SyntaxNode | undefined): boolean {
  switch (node?.type) {
    case 'Command': {
      const name = node.name?.value;
      if (name === 'false') return true;
      const [status] = node.suffix.flatMap((item) =>
        'value' in item && typeof item.value === 'string' ? [item.value] : [],
      );
      return (name === 'exit' || name === 'return') && status !== '0';
    }
    case 'Statement':
      return fails(node.command);
    case 'AndOr':
      return fails(node.commands.at(-1));
    case 'Subshell':
    case 'BraceGroup':
      return fails(node.body.commands.at(-1));
    case 'Pipeline':
      return fails(node.commands.at(-1));
    default:
      return false;
  }
}

function isTest(node: SyntaxNode): boolean {
  if (node.type === 'TestCommand' || node.type === 'ArithmeticCommand') return true;
  if (node.type === 'Pipeline' && node.commands.length === 1 && node.commands[0] !== undefined)
    return isTest(node.commands[0]);
  return node.type === 'Command' && (node.name?.value === '[' || node.name?.value === 'test');
}

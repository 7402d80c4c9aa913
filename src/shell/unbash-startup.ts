import {
  type AndOr,
  type Assignment,
  type Command,
  type CompoundList,
  type Pipeline,
  parse,
  type Function as ShellFunction,
  type Statement,
  type TestExpression,
} from 'unbash';
import { anyOf, binary, bracket, type StartupWorld, type Status, unary } from './startup-tests.ts';
import { StartupWords, type Variables } from './unbash-startup-words.ts';

/** Commands that change nothing a start-up file is read for. */
const HARMLESS = new Set(
  'true : alias unalias bind complete compopt echo printf mesg set shopt stty tty trap ulimit umask readonly tput clear cat enable setterm'.split(
    ' ',
  ),
);
/** Programs whose output is `eval`ed and sets no PATH. */
const HARMLESS_EVAL = /\b(?:dircolors|lesspipe|lessopen|resize|register-python-argcomplete|locale-check)\b/;

const MAX_STEPS = 50_000;
const MAX_DEPTH = 25;

class ReturnSignal {}

/**
 * What is set after a shell has read start-up files, one after another. Nothing is run: what only running could tell makes
 * the variables that depend on it unknown.
 */
export function evaluateStartup(paths: readonly string[], given: Variables, world: StartupWorld): Variables {
  const evaluator = new Evaluator(given, world);
  for (const path of paths) evaluator.source(path);
  return evaluator.variables;
}

class Evaluator {
  readonly #words: StartupWords;
  readonly #world: StartupWorld;
  /** Files that were parsed already. */
  readonly #scripts = new Map<string, readonly Statement[]>();
  readonly #functions = new Map<string, ShellFunction['body']>();
  #steps = 0;
  #depth = 0;

  constructor(variables: Variables, world: StartupWorld) {
    this.#words = new StartupWords(variables, world);
    this.#world = world;
  }

  get variables(): Variables {
    return this.#words.variables;
  }

  /** Reads a file that may not be there; false where it is not. */
  source(path: string): Status {
    if (this.#world.test('-f', path) === false) return false;
    let script = this.#scripts.get(path);
    const text = script === undefined ? this.#world.text(path) : '';
    if (text === undefined || this.#depth > MAX_DEPTH) {
      this.#words.variables.set('PATH', null);
      return null;
    }
    this.#depth++;
    try {
      script ??= parse(text).commands;
      this.#scripts.set(path, script);
      return this.#list(script);
    } catch (signal) {
      // A hostile file may be nested deeper than the stack is.
      if (signal instanceof RangeError) this.#words.variables.set('PATH', null);
      else if (!(signal instanceof ReturnSignal)) throw signal;
      return null;
    } finally {
      this.#depth--;
    }
  }

  #list(statements: readonly Statement[]): Status {
    let status: Status = true;
    for (const { command } of statements) status = this.#node(command);
    return status;
  }

  #body(list: CompoundList): Status {
    return this.#list(list.commands);
  }

  #node(node: Statement['command']): Status {
    if (++this.#steps > MAX_STEPS) {
      this.#words.variables.set('PATH', null);
      throw new ReturnSignal();
    }
    switch (node.type) {
      case 'Command':
        return this.#command(node);
      case 'AndOr':
        return this.#andOr(node);
      case 'Pipeline':
        return this.#pipeline(node);
      case 'If':
        return this.#if(
          [[node.clause, node.then], ...node.elif.map(({ clause, then }) => [clause, then] as const)],
          node.else,
        );
      case 'For': {
        const words = node.wordlist?.flatMap((word) => this.#words.fields(word) ?? [null]) ?? this.#words.arguments;
        const name = node.name.text;
        let status: Status = true;
        for (const word of words) {
          this.#words.variables.set(name, word);
          status = this.#body(node.body);
        }
        return status;
      }
      case 'Case': {
        const value = this.#words.word(node.word);
        for (const { pattern, body } of node.items) {
          const matches = value === null ? null : anyOf(pattern.map((one) => this.#words.matches(one, value)));
          if (matches === true) return this.#body(body);
          if (matches === null) this.#maybe(() => this.#body(body));
        }
        return true;
      }
      case 'BraceGroup':
        return this.#body(node.body);
      case 'Function':
        this.#functions.set(node.name.text, node.body);
        return true;
      case 'TestCommand':
        return this.#test(node.expression);
      case 'Redirected':
        return this.#node(node.command);
      case 'Subshell': {
        const before = new Map(this.#words.variables);
        const status = this.#body(node.body);
        this.#words.variables = before;
        return status;
      }
      default:
        // Loops whose end is not known, arithmetic and what is rarer.
        return this.#forget(node);
    }
  }

  #pipeline({ prefixes, commands }: Pipeline): Status {
    const [first] = commands;
    // Each part of a real pipeline runs in a shell of its own.
    if (first === undefined || commands.length > 1) return null;
    const status = this.#node(first);
    const isNegated = prefixes.some(({ type }) => type === 'Negation');
    return status === null || !isNegated ? status : !status;
  }

  #andOr({ commands, operators }: AndOr): Status {
    const [first] = commands;
    let status = first === undefined ? true : this.#node(first);
    for (const [at, operator] of operators.entries()) {
      const next = commands[at + 1];
      if (next === undefined) break;
      if (status === null) this.#maybe(() => this.#node(next));
      else if (status === (operator === '&&')) status = this.#node(next);
    }
    return status;
  }

  #if(branches: readonly (readonly [CompoundList, CompoundList])[], other: CompoundList | undefined): Status {
    const [branch, ...rest] = branches;
    if (branch === undefined) return other === undefined ? true : this.#body(other);
    const [clause, then] = branch;
    const condition = this.#body(clause);
    if (condition === true) return this.#body(then);
    if (condition === false) return this.#if(rest, other);
    this.#either(
      () => this.#body(then),
      () => this.#if(rest, other),
    );
    return null;
  }

  /** One of two happened: what they leave different is not known. */
  #either(one: () => Status, two: () => Status): void {
    const before = new Map(this.#words.variables);
    // Copies are work too.
    this.#steps += Math.ceil(before.size / 10);
    this.#guarded(one);
    const first = this.#words.variables;
    this.#words.variables = before;
    this.#guarded(two);
    for (const name of new Set([...first.keys(), ...this.#words.variables.keys()]))
      if (first.get(name) !== this.#words.variables.get(name)) this.#words.variables.set(name, null);
  }

  #maybe(action: () => Status): void {
    this.#either(action, () => null);
  }

  /** A `return` that may not happen is not followed. */
  #guarded(action: () => Status): void {
    try {
      action();
    } catch (signal) {
      if (!(signal instanceof ReturnSignal)) throw signal;
    }
  }

  /** What a construct may assign is not known afterwards. */
  #forget(node: { readonly type: string }): null {
    for (const [, name = ''] of JSON.stringify(node).matchAll(/"type":"Assignment"[^}]*?"name":"(\w+)"/g))
      this.#words.variables.set(name, null);
    return null;
  }

  #assign({ name, value, append, index }: Assignment): void {
    if (index !== undefined || value.type === 'ArrayValue') {
      this.#words.variables.set(name, null);
      return;
    }
    const text = this.#words.word(value);
    const old =
      append === true ? (this.#words.variables.has(name) ? (this.#words.variables.get(name) ?? null) : '') : '';
    this.#words.variables.set(name, text === null || old === null ? null : old + text);
  }

  #command(command: Command): Status {
    const assignments = command.prefix.filter((part) => part.type === 'Assignment');
    if (command.name === undefined) {
      for (const assignment of assignments) this.#assign(assignment);
      return true;
    }
    const name = this.#words.word(command.name);
    const args = command.args.flatMap((arg) => (arg.type === 'Assignment' ? [] : (this.#words.fields(arg) ?? [null])));
    if (name === null) return null;
    const own = this.#functions.get(name);
    if (own !== undefined) return this.#call(own, args);
    switch (name) {
      case 'export':
      case 'declare':
      case 'typeset':
      case 'local':
        for (const arg of command.args) if (arg.type === 'Assignment') this.#assign(arg);
        for (const arg of args) {
          const [, variable, value] = /^(\w+)=(.*)$/s.exec(arg ?? '') ?? [];
          if (variable !== undefined) this.#words.variables.set(variable, value ?? '');
        }
        return true;
      case 'unset':
        for (const arg of args) if (arg !== null) this.#words.variables.delete(arg);
        return true;
      case '.':
      case 'source': {
        const [path] = args;
        if (path == null) {
          this.#words.variables.set('PATH', null);
          return null;
        }
        return this.source(path);
      }
      case '[':
      case 'test':
        return bracket(this.#world, name === '[' ? args.slice(0, -1) : args);
      case 'false':
        return false;
      case 'return':
      case 'exit':
        throw new ReturnSignal();
      case 'eval':
        if (!command.args.some(({ text }) => HARMLESS_EVAL.test(text))) this.#words.variables.set('PATH', null);
        return null;
      case 'builtin':
      case 'command':
        return null;
      default:
        return HARMLESS.has(name) ? true : null;
    }
  }

  #call(body: ShellFunction['body'], args: readonly (string | null)[]): Status {
    if (this.#depth > MAX_DEPTH) return null;
    const outer = this.#words.arguments;
    this.#words.arguments = args;
    this.#depth++;
    try {
      return body.type === 'CompoundList' ? this.#body(body) : this.#node(body);
    } catch (signal) {
      if (!(signal instanceof ReturnSignal)) throw signal;
      return null;
    } finally {
      this.#words.arguments = outer;
      this.#depth--;
    }
  }

  #test(expression: TestExpression): Status {
    switch (expression.type) {
      case 'TestUnary':
        return unary(this.#world, expression.operator, this.#words.word(expression.operand));
      case 'TestBinary': {
        const left = this.#words.word(expression.left);
        if (expression.operator === '=~') return null;
        if (!['=', '==', '!='].includes(expression.operator))
          return binary(left, expression.operator, this.#words.word(expression.right));
        const status = left === null ? null : this.#words.matches(expression.right, left);
        return status === null || expression.operator !== '!=' ? status : !status;
      }
      case 'TestLogical': {
        const statuses = expression.operands.map((operand) => this.#test(operand));
        if (expression.operator === '||') return anyOf(statuses);
        return statuses.includes(false) ? false : statuses.includes(null) ? null : true;
      }
      case 'TestNot': {
        const status = this.#test(expression.operand);
        return status === null || expression.negations.length % 2 === 0 ? status : !status;
      }
      case 'TestGroup':
        return this.#test(expression.expression);
    }
  }
}

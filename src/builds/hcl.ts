import type { Node } from 'web-tree-sitter';
import type { Piece } from '../dockerfile/embedded.ts';
import type { Range } from '../dockerfile/range.ts';
import { callFunction } from './hcl-functions.ts';
import { booleanOf, type HclObject, type HclValue, isEqual, isObject, textOfValue, Unknown } from './hcl-values.ts';

/** Reads HCL into a syntax tree (HCL Native Syntax Specification). */
export type ParseHcl = (text: string) => Node;

/** The name of what has none of its own. */
const UNKNOWN = 'UNKNOWN';

/** The names that an expression finds. */
export interface Scope {
  variable(name: string): HclValue | undefined;
  /** A function of the file; undefined: one that is built in, or none. */
  userFunction(name: string): ((args: readonly HclValue[]) => HclValue) | undefined;
  /** What another target says of something: `target.app.args`. */
  attribute(target: string, key: string): HclValue | undefined;
  /** Steps that are left for all that is evaluated: comprehensions in comprehensions would go on for hours. */
  readonly budget: { left: number };
}

/** Expressions in expressions are followed that deep. */
const MAX_DEPTH = 300;
/** Texts that are longer, in UTF-16 units, are not followed: a few doublings would fill the memory. */
const MAX_TEXT = 1_000_000;

/** Evaluates an expression. What needs something that is not known is not known either; never throws. */
export function evaluate(node: Node, scope: Scope): HclValue {
  return new Evaluation(scope).value(node);
}

/** The pieces of a template's text, places within the whole source; undefined where what it says depends on a directive. */
export function templatePieces(node: Node, scope: Scope): readonly Piece[] | undefined {
  return new Evaluation(scope).pieces(node);
}

/** A scope with further names. */
export function within(scope: Scope, names: HclObject): Scope {
  return { ...scope, variable: (name) => (names.has(name) ? names.get(name) : scope.variable(name)) };
}

function isExpression({ type }: Node): boolean {
  return type === 'expression';
}

/** The children of a node that mean something. */
export function namedChildren(node: Node): Node[] {
  return node.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment');
}

class Evaluation {
  readonly #scope: Scope;
  #depth = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  value(node: Node, scope = this.#scope): HclValue {
    if (scope.budget.left-- <= 0 || this.#depth > MAX_DEPTH) return new Unknown('');
    this.#depth++;
    try {
      return this.#evaluate(node, scope);
    } finally {
      this.#depth--;
    }
  }

  #evaluate(node: Node, scope: Scope): HclValue {
    const unknown = () => new Unknown(`\${${node.text}}`);
    // null is a value.
    const known = (value: HclValue | undefined) => (value === undefined ? unknown() : value);
    const children = namedChildren(node);
    const [first] = children;
    switch (node.type) {
      case 'expression':
        return first === undefined ? unknown() : this.#chain(node, children, scope);
      case 'literal_value':
      case 'collection_value':
      case 'for_expr':
      case 'operation':
        return first === undefined ? unknown() : this.value(first, scope);
      case 'string_lit':
      case 'template_expr':
      case 'quoted_template':
      case 'heredoc_template':
        return this.#template(node, scope);
      case 'numeric_lit':
        return Number(node.text);
      case 'bool_lit':
        return node.text === 'true';
      case 'null_lit':
        return null;
      case 'variable_expr':
        return known(scope.variable(node.text));
      case 'tuple':
        return children.filter(isExpression).map((item) => this.value(item, scope));
      case 'object':
        return this.#object(children, scope);
      case 'for_tuple_expr':
      case 'for_object_expr':
        return known(this.#comprehension(node, children, scope));
      case 'function_call':
        return known(this.#call(children, scope));
      case 'conditional':
        return known(this.#conditional(children, scope));
      case 'unary_operation':
      case 'binary_operation':
        return known(this.#operation(node, scope));
      default:
        return unknown();
    }
  }

  pieces(node: Node, scope = this.#scope): Piece[] | undefined {
    const template = ['quoted_template', 'heredoc_template', 'string_lit'].includes(node.type)
      ? node
      : namedChildren(node)[0];
    if (template === undefined) return undefined;
    if (template.type === 'expression' || template.type === 'literal_value' || template.type === 'template_expr')
      return this.pieces(template, scope);
    const isHeredoc = template.type === 'heredoc_template';
    const bounds = templateBounds(template);
    const literal = (start: number, end: number) =>
      literalPieces(template.text.slice(start - template.startIndex, end - template.startIndex), start, isHeredoc);
    const pieces: Piece[] = [];
    let at = bounds.start;
    for (const child of namedChildren(template)) {
      if (child.type === 'template_directive') return undefined;
      if (child.type !== 'template_interpolation') continue;
      // `${~ … ~}` also takes the blanks around it.
      if (/^\$\{~|~\}$/.test(child.text)) return undefined;
      pieces.push(...literal(at, child.startIndex));
      const expression = namedChildren(child).find(isExpression);
      const value = expression === undefined ? undefined : this.value(expression, scope);
      const text = textOfValue(value) ?? (value instanceof Unknown ? nameOf(value) : '');
      pieces.push({ text, start: child.startIndex, end: child.endIndex, isFixed: true });
      if (value instanceof Unknown) this.#hasUnknown = true;
      at = child.endIndex;
    }
    pieces.push(...literal(at, bounds.end));
    return isHeredoc && template.text.startsWith('<<-') ? withoutIndent(pieces) : pieces;
  }

  #hasUnknown = false;

  #template(node: Node, scope: Scope): HclValue {
    const [only, ...others] = namedChildren(node).filter(({ type }) => !type.startsWith('quoted_template_'));
    if (node.type === 'template_expr' && only !== undefined) return this.#template(only, scope);
    // `"${…}"` is the value itself, whatever it is (HCL Native Syntax Specification, Template Interpolation Unwrapping).
    const unwrapped = only?.type === 'template_interpolation' ? namedChildren(only).find(isExpression) : undefined;
    if (node.type === 'quoted_template' && others.length === 0 && unwrapped !== undefined)
      return this.value(unwrapped, scope);
    const before = this.#hasUnknown;
    this.#hasUnknown = false;
    const pieces = this.pieces(node, scope);
    const isUnknown = this.#hasUnknown;
    this.#hasUnknown = before;
    if (pieces === undefined) return new Unknown('');
    const text = pieces.map((piece) => piece.text).join('');
    return isUnknown || text.length > MAX_TEXT ? new Unknown(isUnknown ? text : '') : text;
  }

  /** `a.b["c"][0]`, or an expression in parentheses. */
  #chain(node: Node, [first, ...all]: readonly Node[], scope: Scope): HclValue {
    const unknown = () => new Unknown(`\${${node.text}}`);
    const keys = all.map((step) =>
      step.type === 'get_attr' ? namedChildren(step)[0]?.text : this.#index(step, scope),
    );
    const isTarget = first?.type === 'variable_expr' && first.text === 'target' && keys.length > 1;
    let value = isTarget
      ? scope.attribute(String(keys[0]), String(keys[1]))
      : first === undefined
        ? undefined
        : this.value(first, scope);
    for (const key of isTarget ? keys.slice(2) : keys) {
      const next: HclValue | undefined = isObject(value)
        ? value.get(String(key))
        : Array.isArray(value) && key !== undefined
          ? value[Number(key)]
          : undefined;
      if (next === undefined) return unknown();
      value = next;
    }
    return value === undefined ? unknown() : value;
  }

  #index(step: Node, scope: Scope): HclValue | undefined {
    const expression = step.descendantsOfType('expression')[0];
    if (step.type !== 'index' || expression === undefined || expression === null) return undefined;
    return this.value(expression, scope);
  }

  #object(elements: readonly Node[], scope: Scope): HclObject {
    const entries = new Map<string, HclValue>();
    for (const element of elements) {
      if (element.type !== 'object_elem') continue;
      const [key, value] = [element.childForFieldName('key'), element.childForFieldName('val')];
      if (key === null || value === null) continue;
      // A bare name is the key itself.
      const name = /^[\w-]+$/.test(key.text) ? key.text : textOfValue(this.value(key, scope));
      if (name !== undefined) entries.set(name, this.value(value, scope));
    }
    return entries;
  }

  #comprehension(node: Node, children: readonly Node[], scope: Scope): HclValue | undefined {
    const intro = children.find(({ type }) => type === 'for_intro');
    const condition = children.find(({ type }) => type === 'for_cond');
    const results = children.filter(isExpression);
    const parts = intro === undefined ? [] : namedChildren(intro);
    const names = parts.filter(({ type }) => type === 'identifier').map(({ text }) => text);
    const source = parts.find(isExpression);
    const over = source === undefined ? undefined : this.value(source, scope);
    const entries: [HclValue, HclValue][] | undefined = isObject(over)
      ? [...over]
      : Array.isArray(over)
        ? over.map((item, index) => [index, item])
        : undefined;
    if (entries === undefined) return undefined;
    const list: HclValue[] = [];
    const object = new Map<string, HclValue>();
    for (const [key, value] of entries) {
      const [one, two] = names;
      const own = new Map<string, HclValue>(
        two === undefined
          ? [[one ?? '', value]]
          : [
              [one ?? '', key],
              [two, value],
            ],
      );
      const inner = within(scope, own);
      const test = condition && namedChildren(condition).find(isExpression);
      const holds = test === undefined ? true : this.value(test, inner);
      if (typeof holds !== 'boolean') return undefined;
      if (!holds) continue;
      const [first, second] = results.map((result) => this.value(result, inner));
      if (node.type === 'for_tuple_expr') list.push(first ?? null);
      else object.set(textOfValue(first) ?? '', second ?? null);
    }
    return node.type === 'for_tuple_expr' ? list : object;
  }

  #call([name, args]: readonly Node[], scope: Scope): HclValue | undefined {
    if (name === undefined) return undefined;
    const expressions = args === undefined ? [] : namedChildren(args).filter(isExpression);
    const values = expressions.map((expression) => this.value(expression, scope));
    if (args !== undefined && namedChildren(args).some(({ type }) => type === 'ellipsis')) {
      const last = values.pop();
      if (!Array.isArray(last)) return undefined;
      values.push(...last);
    }
    return (scope.userFunction(name.text) ?? ((given) => callFunction(name.text, given)))(values);
  }

  #conditional([test, yes, no]: readonly Node[], scope: Scope): HclValue | undefined {
    const value = test === undefined ? undefined : booleanOf(this.value(test, scope));
    const chosen = value === undefined ? undefined : value ? yes : no;
    return chosen === undefined ? undefined : this.value(chosen, scope);
  }

  #operation(node: Node, scope: Scope): HclValue | undefined {
    const parts = node.children.filter((child): child is Node => child !== null && child.type !== 'comment');
    const at = parts.findIndex(({ isNamed, text }) => !isNamed && !/^[()]$/.test(text));
    const operator = parts[at]?.text ?? '';
    // `a.b == c`: each side is a chain of its own.
    const values = [parts.slice(0, at), parts.slice(at + 1)]
      .map((side) => side.filter(({ isNamed }) => isNamed))
      .filter((side) => side.length > 0)
      .map((side) => this.#chain(node, side, scope));
    const [left, right] = values;
    if (left === undefined || values.some((value) => value instanceof Unknown)) return undefined;
    const [one, other] = [booleanOf(left), booleanOf(right)];
    if (node.type === 'unary_operation') return operator === '!' ? one === false : -Number(left);
    switch (operator) {
      case '==':
        return isEqual(left, right);
      case '!=':
        return !isEqual(left, right);
      case '&&':
        return one === true && other === true;
      case '||':
        return one === true || other === true;
      case '<':
        return Number(left) < Number(right);
      case '>':
        return Number(left) > Number(right);
      case '<=':
        return Number(left) <= Number(right);
      case '>=':
        return Number(left) >= Number(right);
      case '+':
        return Number(left) + Number(right);
      case '-':
        return Number(left) - Number(right);
      case '*':
        return Number(left) * Number(right);
      case '/':
        return Number(left) / Number(right);
      case '%':
        return Number(left) % Number(right);
      default:
        return undefined;
    }
  }
}

/** How something unknown stands in a text: as a variable. */
function nameOf({ text }: Unknown): string {
  return /^\$\{\w+\}$/.test(text) ? text : `\${${UNKNOWN}}`;
}

/** Where the text of a template stands: between its quotes, or from the line below `<<EOT` to the line of its end. */
export function templateBounds({ type, text, startIndex, endIndex }: Node): Range {
  return type === 'heredoc_template'
    ? { start: startIndex + text.indexOf('\n') + 1, end: startIndex + text.lastIndexOf('\n') + 1 }
    : { start: startIndex + 1, end: endIndex - 1 };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** What is written, escapes taken off: `$${` and `%%{`, and between quotes those with a backslash. */
function literalPieces(text: string, start: number, isHeredoc: boolean): Piece[] {
  const pieces: Piece[] = [];
  let plain = 0;
  const escapes = isHeredoc ? /\$\$(?=\{)|%%(?=\{)/g : /\$\$(?=\{)|%%(?=\{)|\\u[\da-fA-F]{4}|\\U[\da-fA-F]{8}|\\./gs;
  const flush = (to: number) => {
    if (to > plain) pieces.push({ text: text.slice(plain, to), start: start + plain, end: start + to, isFixed: false });
  };
  for (const { 0: written, index } of text.matchAll(escapes)) {
    flush(index);
    const isCode = /^\\u/i.test(written);
    const value = !written.startsWith('\\')
      ? written.slice(1)
      : isCode
        ? String.fromCodePoint(Math.min(Number.parseInt(written.slice(2), 16), 0x10ffff))
        : (ESCAPES[written[1] ?? ''] ?? written);
    pieces.push({ text: value, start: start + index, end: start + index + written.length, isFixed: false });
    plain = index + written.length;
  }
  flush(text.length);
  return pieces;
}

/** The smallest indentation of the lines that are not blank. */
function smallestIndent(text: string): string {
  const indents = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  return indents.reduce((a, b) => (b.length < a.length ? b : a), indents[0] ?? '');
}

/** `<<-`: the smallest indentation of all lines is no part of the text (HCL Native Syntax Specification, Template Expressions). */
function withoutIndent(pieces: readonly Piece[]): Piece[] {
  const indent = smallestIndent(pieces.map(({ text, isFixed }) => (isFixed ? 'x' : text)).join('')).length;
  let startsLine = true;
  return pieces.flatMap((piece): Piece[] => {
    if (piece.isFixed || piece.text.length !== piece.end - piece.start) {
      startsLine = piece.text.endsWith('\n');
      return [piece];
    }
    const out: Piece[] = [];
    let at = piece.start;
    for (const line of piece.text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
      const cut = startsLine ? Math.min(indent, /^[ \t]*/.exec(line)?.[0].length ?? 0) : 0;
      out.push({ text: line.slice(cut), start: at + cut, end: at + line.length, isFixed: false });
      at += line.length;
      startsLine = line.endsWith('\n');
    }
    return out;
  });
}

/** The indentation of a heredoc's lines that is no part of its text. */
export function heredocIndent({ text }: Node): string {
  return text.startsWith('<<-') ? smallestIndent(text.split('\n').slice(1, -1).join('\n')) : '';
}

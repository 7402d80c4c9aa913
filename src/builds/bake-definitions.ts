import type { Node } from 'web-tree-sitter';
import { assembled, EmbeddedText, type Piece, placedText, plainText } from '../dockerfile/embedded.ts';
import {
  evaluate,
  heredocIndent,
  namedChildren,
  type ParseHcl,
  type Scope,
  templateBounds,
  templatePieces,
} from './hcl.ts';
import { type HclValue, textOfValue, Unknown } from './hcl-values.ts';
import { escapeTemplate, inlineScalar, isTemplatePair } from './inline.ts';
import { entriesOf, entry, itemsOf, type Leaf, readTrees, type SourceFile, type Tree } from './yaml-tree.ts';

/** A value that a Bake file gives for something, in HCL or in JSON. */
export interface Expression {
  readonly file: SourceFile;
  /** 1-based. */
  readonly line: number;
  evaluate(scope: Scope): HclValue;
  /** As a Dockerfile; undefined where its text is not known. */
  inline(scope: Scope): EmbeddedText | undefined;
}

/** `function "name" { params … result … }`. */
export interface BakeFunction {
  readonly params: readonly string[];
  /** It takes the arguments that are left. */
  readonly variadic: string | undefined;
  readonly result: Expression;
}

/** What the files of Bake define (Bake file reference); of what is said twice the later stands behind. */
export class BakeDefinitions {
  /** Undefined: without a default. */
  readonly variables = new Map<string, Expression | undefined>();
  readonly functions = new Map<string, BakeFunction>();
  readonly targets = new Map<string, Map<string, Expression[]>>();
  readonly groups = new Map<string, Expression[]>();

  /** Adds what a file says. Returns a line for people where it does not read. */
  add(file: SourceFile, parseHcl: ParseHcl): string | undefined {
    return file.path.endsWith('.json') ? this.#addJson(file, parseHcl) : this.#addHcl(file, parseHcl);
  }

  #addTarget(name: string, attributes: Iterable<readonly [string, Expression]>): void {
    const known = this.targets.get(name) ?? new Map<string, Expression[]>();
    this.targets.set(name, known);
    for (const [key, value] of attributes) known.set(key, [...(known.get(key) ?? []), value]);
  }

  #addHcl(file: SourceFile, parseHcl: ParseHcl): string | undefined {
    const root = parseHcl(file.text);
    const wrong = root.hasError ? firstError(root) : undefined;
    if (wrong !== undefined) {
      const { row, column } = wrong.startPosition;
      return `${file.path}:${row + 1}:${column + 1}: this is not read as HCL`;
    }
    const body = namedChildren(root).find(({ type }) => type === 'body');
    for (const part of body === undefined ? [] : namedChildren(body)) {
      const [head, ...rest] = namedChildren(part);
      if (head === undefined) continue;
      if (part.type === 'attribute') {
        const value = rest[0];
        if (value !== undefined) this.variables.set(head.text, hclExpression(file, value));
        continue;
      }
      const label = rest.find(({ type }) => type === 'string_lit' || type === 'identifier')?.text.replace(/^"|"$/g, '');
      const inner = rest.find(({ type }) => type === 'body');
      const attributes = new Map(
        (inner === undefined ? [] : namedChildren(inner)).flatMap((attribute) => {
          const [key, value] = namedChildren(attribute);
          return attribute.type !== 'attribute' || key === undefined || value === undefined
            ? []
            : [[key.text, hclExpression(file, value)] as const];
        }),
      );
      if (label === undefined) continue;
      if (head.text === 'target') this.#addTarget(label, attributes);
      else if (head.text === 'variable') this.variables.set(label, attributes.get('default'));
      else if (head.text === 'group') this.groups.set(label, [attributes.get('targets') ?? []].flat());
      else if (head.text === 'function' && inner !== undefined) this.#addFunction(label, attributes, inner);
    }
    return undefined;
  }

  #addFunction(name: string, attributes: ReadonlyMap<string, Expression>, body: Node): void {
    const result = attributes.get('result');
    if (result === undefined) return;
    /** Names, not values. */
    const namesIn = (key: string): string[] => {
      const attribute = namedChildren(body).find((candidate) => namedChildren(candidate)[0]?.text === key);
      return attribute === undefined
        ? []
        : attribute.descendantsOfType('variable_expr').flatMap((node) => (node === null ? [] : node.text));
    };
    this.functions.set(name, { params: namesIn('params'), variadic: namesIn('variadic_params')[0], result });
  }

  #addJson(file: SourceFile, parseHcl: ParseHcl): string | undefined {
    const trees = readTrees(file);
    if (typeof trees === 'string') return trees;
    const [tree] = trees;
    const of = (value: Tree) => jsonExpression(value, parseHcl, file);
    for (const [name, value] of blocksOf(entry(tree, 'variable'))) {
      const initial = entry(value, 'default');
      this.variables.set(name, initial && of(initial));
    }
    for (const [name, value] of blocksOf(entry(tree, 'target')))
      this.#addTarget(
        name,
        entriesOf(value).map(([key, part]) => [key, of(part)] as const),
      );
    for (const [name, value] of blocksOf(entry(tree, 'group'))) {
      const targets = entry(value, 'targets');
      this.groups.set(name, targets === undefined ? [] : [of(targets)]);
    }
    for (const [name, value] of blocksOf(entry(tree, 'function'))) {
      const result = entry(value, 'result');
      const namesIn = (key: string) =>
        itemsOf(entry(value, key)).flatMap((item) => (item.kind === 'leaf' ? [String(item.value)] : []));
      if (result !== undefined)
        this.functions.set(name, {
          params: namesIn('params'),
          variadic: namesIn('variadic_params')[0],
          result: of(result),
        });
    }
    return undefined;
  }
}

/** Blocks by their names; where there are several, in lists. */
function blocksOf(tree: Tree | undefined): (readonly [string, Tree])[] {
  return itemsOf(tree)
    .flatMap(entriesOf)
    .flatMap(([name, bodies]) => itemsOf(bodies).map((body) => [name, body] as const));
}

function firstError(node: Node): Node | undefined {
  if (node.isError || node.isMissing) return node;
  for (const child of node.children) if (child?.hasError) return firstError(child);
  return node;
}

function hclExpression(file: SourceFile, node: Node): Expression {
  return {
    file,
    line: node.startPosition.row + 1,
    evaluate: (scope) => evaluate(node, scope),
    inline: (scope) => {
      const template = templateOf(node);
      const pieces = template && templatePieces(template, scope);
      if (template === undefined || pieces === undefined) {
        const text = textOfValue(evaluate(node, scope));
        const place = { start: node.startIndex, end: node.endIndex };
        return text === undefined
          ? undefined
          : new EmbeddedText(placedText(text, place), { indent: undefined, escape: (given) => given }, place);
      }
      const isHeredoc = template.type === 'heredoc_template';
      return new EmbeddedText(
        assembled(plainText(file.text, 0), pieces),
        {
          isPair: isTemplatePair,
          indent: isHeredoc ? heredocIndent(template) : undefined,
          escape: isHeredoc ? escapeTemplate : (text) => JSON.stringify(escapeTemplate(text)).slice(1, -1),
        },
        templateBounds(template),
      );
    },
  };
}

/** The heredoc or quoted text that an expression is. */
function templateOf(node: Node): Node | undefined {
  if (['heredoc_template', 'quoted_template', 'string_lit'].includes(node.type)) return node;
  const children = namedChildren(node);
  const [child] = children;
  return child === undefined || children.length > 1 || !/^(?:expression|literal_value|template_expr)$/.test(node.type)
    ? undefined
    : templateOf(child);
}

function jsonExpression(tree: Tree, parseHcl: ParseHcl, file: SourceFile): Expression {
  const first = firstLeaf(tree);
  return {
    file,
    line: first?.line ?? 1,
    evaluate: (scope) => jsonValue(tree, parseHcl, scope),
    inline: (scope) => {
      if (tree.kind !== 'leaf') return undefined;
      const pieces = jsonPieces(tree, parseHcl, scope);
      return pieces && inlineScalar(tree, pieces, escapeTemplate, isTemplatePair);
    },
  };
}

function firstLeaf(tree: Tree): Leaf | undefined {
  if (tree.kind === 'leaf') return tree;
  for (const child of tree.kind === 'list' ? tree.items : tree.entries.values()) {
    const leaf = firstLeaf(child);
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

function jsonValue(tree: Tree, parseHcl: ParseHcl, scope: Scope): HclValue {
  if (scope.budget.left-- <= 0) return new Unknown('');
  if (tree.kind === 'list') return tree.items.map((item) => jsonValue(item, parseHcl, scope));
  if (tree.kind === 'map')
    return new Map(entriesOf(tree).map(([name, value]) => [name, jsonValue(value, parseHcl, scope)]));
  const { value } = tree;
  if (typeof value !== 'string') return typeof value === 'number' || typeof value === 'boolean' ? value : null;
  if (!/[$%]\{/.test(value)) return value;
  // `"${…}"` is the value itself, as in HCL.
  const only = /^\$\{([^{}~]*)\}$/.exec(value)?.[1];
  if (only !== undefined) {
    const root = parseHcl(`x = ${only}\n`);
    const expression = root.descendantsOfType('expression')[0];
    return root.hasError || !expression ? new Unknown(value) : evaluate(expression, scope);
  }
  const template = jsonTemplate(value, parseHcl);
  const made = template && evaluate(template, scope);
  return typeof made === 'string' ? made.slice(0, -1) : (made ?? new Unknown(value));
}

const HEAD = 'x = <<PLIMSOLL_END\n';

/** Strings of JSON are templates as well (HCL JSON Syntax Specification, Strings); one line ending is added. */
function jsonTemplate(text: string, parseHcl: ParseHcl): Node | undefined {
  const root = parseHcl(`${HEAD}${text}\nPLIMSOLL_END\n`);
  return root.hasError ? undefined : (root.descendantsOfType('heredoc_template')[0] ?? undefined);
}

/** Pieces with their places in the string's own text. */
function jsonPieces(leaf: Leaf, parseHcl: ParseHcl, scope: Scope): Piece[] | undefined {
  const text = String(leaf.value);
  if (!/[$%]\{/.test(text)) return [{ text, start: 0, end: text.length, isFixed: false }];
  const template = jsonTemplate(text, parseHcl);
  const pieces = template && templatePieces(template, scope);
  return pieces?.flatMap((piece) => {
    const start = piece.start - HEAD.length;
    const end = Math.min(piece.end - HEAD.length, text.length);
    // The line ending is the heredoc's.
    return start >= text.length
      ? []
      : [
          {
            ...piece,
            start,
            end,
            text:
              piece.isFixed || piece.text.length !== piece.end - piece.start
                ? piece.text
                : piece.text.slice(0, end - start),
          },
        ];
  });
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Language, Parser } from 'web-tree-sitter';
import type { ParseHcl } from '../builds/hcl.ts';

/** Set in the bundle, beside which the files lie. */
declare const PLIMSOLL_WASM: readonly [string, string] | undefined;

/** Loads the grammar of HCL. */
export async function hclParser(): Promise<ParseHcl> {
  const [runtime, grammar] =
    typeof PLIMSOLL_WASM === 'undefined'
      ? packages(createRequire(import.meta.url))
      : PLIMSOLL_WASM.map((name) => join(__dirname, name));
  await Parser.init({ wasmBinary: new Uint8Array(readFileSync(runtime ?? '')).buffer });
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(grammar ?? '')));
  return (text) => {
    const tree = parser.parse(text);
    if (tree === null) throw new Error('the parser of HCL gave nothing');
    return tree.rootNode;
  };
}

function packages(require: NodeJS.Require): [string, string] {
  return [
    require.resolve('web-tree-sitter/web-tree-sitter.wasm'),
    require.resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm'),
  ];
}

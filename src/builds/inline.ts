import { assembled, EmbeddedText, type Piece } from '../dockerfile/embedded.ts';
import { type Leaf, mappedScalar } from './yaml-tree.ts';

/** How a template of HCL writes what would begin a variable or a directive: `$${` and `%%{`. */
export function escapeTemplate(text: string): string {
  return text.replace(/([$%])\{/g, '$1$1{');
}

/** Whether two characters make such a beginning, or an escape of it. */
export function isTemplatePair(left: string, right: string): boolean {
  return /[$%]/.test(left) && /[{$%]/.test(right);
}

/**
 * The Dockerfile that a scalar of YAML or JSON holds. `pieces`: its text with variables filled in; `escape`: how the format
 * writes what would be read as one.
 */
export function inlineScalar(
  leaf: Leaf,
  pieces: readonly Piece[],
  escape: (text: string) => string,
  isPair?: (left: string, right: string) => boolean,
): EmbeddedText {
  const { map, indent, place } = mappedScalar(leaf);
  const newline = leaf.file.text.includes('\r\n') ? '\r\n' : '\n';
  return new EmbeddedText(
    assembled(map, pieces),
    {
      indent,
      ...(isPair === undefined ? {} : { isPair }),
      escape:
        indent === undefined
          ? (text) => JSON.stringify(escape(text)).slice(1, -1)
          : (text) => escape(text).replaceAll('\n', newline),
    },
    place,
  );
}

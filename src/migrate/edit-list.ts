import type { Edit } from '../dockerfile/edit.ts';

/** The edits of one change. One that cannot be made takes the whole change with it. */
export class EditList {
  readonly #edits = new Map<string, Edit>();
  #isPossible = true;

  /** The same edit given twice is made once. */
  add(edit: Edit | undefined): void {
    if (edit === undefined) this.#isPossible = false;
    else this.#edits.set(`${edit.range.start}-${edit.range.end}-${edit.text}`, edit);
  }

  giveUp(): void {
    this.#isPossible = false;
  }

  /** All edits in the order of the file; undefined where one is missing or two overlap. */
  get edits(): readonly Edit[] | undefined {
    if (!this.#isPossible) return undefined;
    const sorted = [...this.#edits.values()].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
    const isApart = sorted.every((edit, index) => edit.range.start >= (sorted[index - 1]?.range.end ?? 0));
    return isApart && sorted.length > 0 ? sorted : undefined;
  }
}

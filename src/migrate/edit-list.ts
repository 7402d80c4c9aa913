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

  /** All edits in the order of the file; undefined where one is missing or two overlap that do more than take away. */
  get edits(): readonly Edit[] | undefined {
    if (!this.#isPossible) return undefined;
    const edits: Edit[] = [];
    for (const edit of [...this.#edits.values()].sort(
      (a, b) => a.range.start - b.range.start || a.range.end - b.range.end,
    )) {
      const before = edits.at(-1);
      if (before === undefined || edit.range.start >= before.range.end) edits.push(edit);
      else if (edit.text === '' && before.text === '')
        edits.splice(-1, 1, { ...before, range: { ...before.range, end: Math.max(before.range.end, edit.range.end) } });
      else return undefined;
    }
    return edits.length === 0 ? undefined : edits;
  }
}

import { copyArguments, isArchive } from '../../src/dockerfile/copy-arguments.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import { defineRule } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';

/** Programs that unpack what ADD would have unpacked; unzip is not one of them. */
const UNPACKERS = /^(?:gunzip|bunzip2|unxz|unlzma|uncompress|zcat|gzcat|xzcat|bzcat)$/;

export default defineRule({
  *dockerfile(file) {
    for (const { stage, calls } of file.python.stages) {
      for (const step of stage.steps) {
        const { instruction, onbuild } = step;
        if (instruction.keyword !== 'COPY' || onbuild || flagOf(instruction, 'from') !== undefined) continue;
        const { sources = [], target } = copyArguments(instruction) ?? {};
        for (const source of sources) {
          const targetName = nameOf(target?.text ?? '');
          const name = isArchive(targetName) ? targetName : nameOf(source.text);
          // ADD unpacks tar archives, and leaves a lone .gz as it is.
          if (!isArchive(nameOf(source.text)) || name.includes('*')) continue;
          const call = calls.find(
            (other) => other.step.index > step.index && other.step.stage === stage && unpacks(other, name),
          );
          if (call === undefined) continue;
          yield {
            at: source.range,
            data: { file: source.text },
            related: [{ message: 'unpacked here', range: call.command.range }],
          };
        }
      }
    }
  },
});

function nameOf(path: string): string {
  const plain = path.replace(/["']/g, '');
  return plain.slice(Math.max(plain.lastIndexOf('/'), plain.lastIndexOf('\\')) + 1);
}

function unpacks({ program, words }: Call, name: string): boolean {
  const isTar =
    program === 'tar' &&
    words.some(
      ({ value }, index) => /^(?:-\w*x\w*|--extract|--get)$/.test(value) || (index === 1 && /^\w*x\w*$/.test(value)),
    );
  return (isTar || UNPACKERS.test(program)) && words.slice(1).some(({ value }) => nameOf(value) === name);
}

import type { Edit } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import type { MarkerSite } from '../../src/python/model.ts';
import { removeCommand, removeWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { markerSites } of file.python.stages) {
      for (const site of markerSites) {
        if (!site.isNeedless) continue;
        const fix = fixOf('safe', 'Delete the command', [removal(file, site)]);
        yield { at: site.command.range, data: { path: site.path }, fix };
      }
    }
  },
});

/** The whole command, or the marker's word where the command does more. */
function removal(file: DockerfileModel, { command, range, step }: MarkerSite): Edit | undefined {
  const operands = command.words.slice(1).filter((word) => !word.value.startsWith('-'));
  switch (command.program) {
    case 'rm':
    case 'unlink':
    case 'shred': {
      const word = operands.find((operand) => operand.range.start === range.start);
      if (operands.length === 1) return removeCommand(file, step, command);
      return word && removeWord(file, command, word);
    }
    case 'find':
      return command.words.some((word) => word.value === '-o' || word.value === '-or')
        ? undefined
        : removeCommand(file, step, command);
    case 'mv':
    case 'dpkg-divert':
      return removeCommand(file, step, command);
    default:
      return undefined;
  }
}

import { expand } from '../../src/dockerfile/expand.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { createdUsers, isForArbitraryUsers, isRoot } from '../../src/python/users.ts';
import { replaceWord } from '../../src/shell/edit.ts';
import { isRecursive, ownerOf } from '../../src/shell/permissions.ts';

export default defineRule({
  *dockerfile(file) {
    const kept = file.python.stages.filter(isKept);
    if (!kept.some(isForArbitraryUsers)) return;
    for (const pythonStage of kept) {
      yield* copyReports(file, pythonStage);
      yield* chownReports(pythonStage);
    }
  },
});

function* copyReports(file: DockerfileModel, pythonStage: PythonStage): Generator<Report> {
  for (const { step } of pythonStage.copies) {
    const flag = flagOf(step.instruction, 'chown');
    if (flag === undefined) continue;
    const value = expand(flag.value, step.lookup, { escape: file.escape });
    const { user, group } = ownerOf(value.text);
    if (!value.known || !isPrivate(user, group, pythonStage)) continue;
    const start = flag.range.end - flag.value.length;
    const isPlain = file.text.slice(start, flag.range.end) === flag.value && !flag.value.includes('$');
    yield {
      at: flag.range,
      data: { owner: flag.text },
      severity: weighed('warning', pythonStage.stage),
      fix: isPlain
        ? fixOf('unsafe', 'Give the files to group 0', [{ range: { start, end: flag.range.end }, text: `${user}:0` }])
        : undefined,
    };
  }
}

function* chownReports(pythonStage: PythonStage): Generator<Report> {
  for (const call of pythonStage.calls) {
    const word = call.program === 'chown' && isRecursive(call.words) ? call.operands[0] : undefined;
    const value = word && call.expand(word);
    if (word === undefined || !value?.known) continue;
    const { user, group } = ownerOf(value.text);
    // Without a group chown leaves the group as it is.
    if (group === undefined || group === '' || !isPrivate(user, group, pythonStage)) continue;
    yield {
      at: word.range,
      data: { owner: word.value },
      severity: weighed('warning', pythonStage.stage, call.command),
      fix: word.isLiteral ? fixOf('unsafe', 'Give the files to group 0', [replaceWord(word, `${user}:0`)]) : undefined,
    };
  }
}

/** `COPY --chown=1001` takes 1001 as group too; a name takes its user's own group (BuildKit, Dockerfile reference). */
function isPrivate(user: string, group: string | undefined, stage: PythonStage): boolean {
  if (group !== undefined) return !isRoot(group);
  if (isRoot(user)) return false;
  if (/^\d+$/.test(user)) return true;
  const created = createdUsers(stage).find(({ name }) => name === user);
  return created !== undefined && !isRoot(created.gid ?? 'own');
}

import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { createdGroups, createdUsers, isForArbitraryUsers, isRoot, userStepOf } from '../../src/python/users.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    if (final === undefined) return;
    const step = userStepOf(final);
    const argument = step?.instruction.args[0];
    const user = final.stage.end.user;
    if (argument === undefined || user?.known !== true) return;
    const [name = '', group] = user.text.split(':');
    if (isRoot(name) || /^\d+$/.test(name)) return;
    const created = createdUsers(final).find((candidate) => candidate.name === name);
    const uid = created?.uid;
    // With a group the user would lose the others it is in; without one, /etc/passwd says which.
    const number = uid !== undefined && created?.isUidLiteral && /^\d+$/.test(uid) ? uid : undefined;
    const isMeant = file.python.stages.some((stage) => isKept(stage) && isForArbitraryUsers(stage));
    yield {
      at: argument.range,
      data: { user: user.text },
      // Without a sign of such a platform it is worth knowing, no more; an image's own user may be there for a reason.
      severity: isMeant ? 'warning' : 'info',
      confidence: isMeant || created !== undefined ? undefined : 'low',
      fix:
        number === undefined
          ? undefined
          : fixOf('unsafe', 'Use the number', [
              { range: argument.range, text: `${number}${groupOf(group, created?.gid, final)}` },
            ]),
    };
  },
  *image(image) {
    const user = image.config?.user ?? '';
    const [name = ''] = user.split(':');
    if (/^(?:root|\d*)$/.test(name)) return;
    const uid = image.user?.uid;
    yield {
      data: { user },
      // As in a Dockerfile: worth knowing, no more, without a sign of a platform that minds.
      severity: 'info',
      confidence: uid === undefined ? 'low' : undefined,
    };
  },
});

/** The group by its number, where it is known; the root group that the user was created in is said. */
function groupOf(group: string | undefined, own: string | undefined, final: PythonStage): string {
  if (group !== undefined) return `:${createdGroups(final).get(group) ?? group}`;
  return own !== undefined && isRoot(own) ? ':0' : '';
}

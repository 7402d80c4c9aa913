import type { Call } from '../python/call.ts';
import type { PythonStage } from '../python/model.ts';
import { packageCallOf } from '../python/packages.ts';

/**
 * The first call behind one, in its stage or one built on it, that reads apt's lists without an update of its own in the same
 * RUN: those that the call has fetched. `heirs`: the stage and what is built on it.
 */
export function readerOfLists(call: Call, heirs: readonly PythonStage[]): Call | undefined {
  const later = heirs.flatMap(({ calls }) =>
    calls.filter(
      (other) => other.script !== call.script && (other.step.stage !== call.step.stage || other.order > call.order),
    ),
  );
  return later.find(
    (other) =>
      readsLists(other) &&
      !later.some(
        (update) =>
          update.script === other.script && update.order < other.order && packageCallOf(update)?.action === 'update',
      ),
  );
}

/** Not what only removes, fetches the lists anew, or cleans up. */
function readsLists({ program, operands }: Call): boolean {
  if (/^(?:apt-cache|apt-file|mk-build-deps|rosdep|aptitude)$/.test(program)) return true;
  if (program !== 'apt' && program !== 'apt-get') return false;
  return !/^(?:update|remove|purge|auto-?remove|autopurge|clean|autoclean|dist-?clean|mark)$/.test(
    operands[0]?.value ?? 'update',
  );
}

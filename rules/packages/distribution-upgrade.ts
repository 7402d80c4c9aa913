import { defineRule } from '../../src/engine/rule.ts';

const UPGRADES: Readonly<Record<string, RegExp>> = {
  apt: /^(?:dist-upgrade|full-upgrade)$/,
  dnf: /^(?:distro-sync|distribution-synchronization)$/,
  zypper: /^(?:dist-upgrade|dup)$/,
};

export default defineRule({
  *dockerfile(file) {
    for (const { packages } of file.python.stages)
      for (const { manager, verb, call } of packages)
        if (UPGRADES[manager]?.test(verb.value))
          yield { at: verb.range, data: { tool: call.program, verb: verb.value } };
  },
});

import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *image({ config, user }) {
    if (config === undefined || user === undefined || user.uid !== 0) return;
    yield { data: { user: config.user }, message: config.user === '' ? undefined : 'named' };
  },
});

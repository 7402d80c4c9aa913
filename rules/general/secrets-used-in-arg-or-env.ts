import type { Pair } from '../../src/dockerfile/instructions.ts';
import { unquoted } from '../../src/dockerfile/lexer.ts';
import { defineRule } from '../../src/engine/rule.ts';

/** BuildKit's words (dockerfile2llb, validateNoSecretKey). */
const SECRET = /(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const HARMLESS = /(?:^|_)(?:public|file|version)(?:_|$)/i;

/** Words beside a secret's that say it is something about one. */
const ABOUT =
  /(?:^|_)(?:site|publishable|anon|anonymous|role|roles|org|policy|level|gpg|pgp|fingerprint|id|ids|name|url|uri|urls|path|dir|type|types|mode|method|enabled?|disabled?|required|ttl|expiry|expires?|lifetime|timeout|age|length|size|algorithm|header|prefix|endpoint|server|host|port|issuer|audience|scope|scopes|backend|provider|class|cache|sort|primary|foreign|partition|use|skip|no|validate|allow|max|min)(?:_|$)/i;

export default defineRule<{ strict: boolean }>({
  *dockerfile(file, { strict }) {
    for (const outer of file.instructions) {
      const { keyword, pairs } = outer.trigger ?? outer;
      if (keyword !== 'ENV' && keyword !== 'ARG') continue;
      for (const pair of pairs) {
        const name = pair.key.text;
        if (!SECRET.test(name) || HARMLESS.test(name)) continue;
        if (!strict && (ABOUT.test(name) || !mayBeSecret(keyword, pair))) continue;
        yield { at: pair.key.range, data: { keyword, name }, message: keyword === 'ENV' ? undefined : 'arg' };
      }
    }
  },
});

/** Not what is empty, a path, an address, a number, a switch, or the fingerprint of a key. */
function mayBeSecret(keyword: 'ENV' | 'ARG', { value }: Pair): boolean {
  const text = unquoted(value?.text ?? '');
  if (text === '') return keyword === 'ARG' && value === undefined;
  return !/^(?:\/|\.{1,2}\/|~|https?:|[0-9.]+$|(?:true|false|yes|no|on|off|none|null|nil)$|(?:0x)?[0-9A-Fa-f\s]{16,}$)/i.test(
    text,
  );
}

import { defineRule } from '../../src/engine/rule.ts';

/** Where keys lie that open nothing: tests and examples of packages, and the key that Debian's ssl-cert makes for each machine. */
const HARMLESS =
  /\/(?:tests?|testing|test_data|testdata|examples?|fixtures|docs?|doc|site-packages|dist-packages|node_modules)\/|^\/etc\/ssl\/(?:certs|private\/ssl-cert-snakeoil\.key)/;

/** What credentials look like in the files that tools keep them in. */
const CREDENTIALS: readonly (readonly [file: RegExp, content: RegExp, what: string])[] = [
  [/./, /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}/, 'a private key'],
  [/\/\.npmrc$/, /:_(?:authToken|password)\s*=\s*(?!\$)\S{8}/, 'a token of npm'],
  [/\/\.pypirc$/, /^\s*password\s*[=:]\s*(?!\$)\S{4}/m, 'a password of a package index'],
  [/\/\.netrc$/, /\bpassword\s+(?!\$)\S{4}/, 'a password'],
  [/\/\.git-credentials$/, /:\/\/[^:/\s]+:[^@/\s]{4,}@/, 'a password of Git'],
  [
    /\/pip\.conf$/,
    /^\s*(?:extra-)?index-url\s*[=:]\s*\S*:\/\/[^:/\s]+:[^@/\s$]{4,}@/m,
    'a password of a package index',
  ],
  [/\/\.aws\/credentials$/, /aws_secret_access_key\s*=\s*\S{20}/i, 'a key of AWS'],
  [/\/\.docker\/config\.json$/, /"auth"\s*:\s*"[A-Za-z0-9+/=]{8,}"/, 'a password of a registry'],
];

export default defineRule({
  bodies: [
    { glob: '**/{.npmrc,.pypirc,.netrc,.git-credentials,pip.conf}', limit: 64 * 1024 },
    { glob: '**/{.aws/credentials,.docker/config.json}', limit: 64 * 1024 },
    { glob: '**/{id_rsa,id_dsa,id_ecdsa,id_ed25519}', limit: 16 * 1024 },
    { glob: '**/*.{pem,key}', limit: 16 * 1024 },
  ],
  *image(image) {
    for (const { path, node } of image.files.below('/')) {
      const { body, layer, type } = node.inode;
      if (body === undefined || type !== '0' || !image.isOwn(layer) || HARMLESS.test(path)) continue;
      if (
        !/\/(?:\.npmrc|\.pypirc|\.netrc|\.git-credentials|pip\.conf|credentials|config\.json|id_\w+|[^/]+\.(?:pem|key))$/.test(
          path,
        )
      )
        continue;
      const text = body.toString('latin1');
      const found = CREDENTIALS.find(([file, content]) => file.test(path) && content.test(text));
      if (found !== undefined) yield { path, layer, data: { path, what: found[2] } };
    }
  },
});

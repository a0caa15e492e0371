import { createHash } from 'node:crypto';
import type { Language } from '@toeverlaat/contracts';
import { pageMessages } from '../messages/page.js';

/** How to sign in in the demonstration; outside it the start page does not say. */
export type DemoHint = {
  /** Where a browser starts: the provider's page to pick a demo person. */
  readonly signIn: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly people: readonly { readonly name: string; readonly label: string }[];
};

const style = `body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}code,pre{font:.9rem ui-monospace,monospace}pre{background:#f2f2f2;padding:.75rem;overflow-x:auto}
a{color:#0b4f8a}table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}pre{background:#262626}a{color:#8ec5ff}}`;

/** Nothing is loaded from anywhere; the one style sheet is allowed by its hash. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const demoPart = (language: Language, origin: string, demo: DemoHint): string => {
  const text = (key: keyof typeof pageMessages): string => escape(pageMessages[key][language]);
  const person = demo.people[0]?.name ?? '';
  return `<h2>${text('demo')}</h2><p>${text('demoSignIn')}</p>
<pre>TOKEN=$(curl -s ${escape(demo.tokenEndpoint)} \\
  -d grant_type=urn:toeverlaat:grant:demo-person -d client_id=${escape(demo.clientId)} \\
  -d person=${escape(person)} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -s ${escape(origin)}/graphql -H 'content-type: application/json' -H "authorization: Bearer $TOKEN" \\
  -d '{"query":"{ me { capacities { id role label } } }"}'</pre>
<p>${text('demoCapacity')}</p><p><a href="${escape(demo.signIn)}">${text('demoBrowser')}</a></p>
<table><tr><th>person</th><th></th></tr>${demo.people.map(({ name, label }) => `<tr><td><code>${escape(name)}</code></td><td>${escape(label)}</td></tr>`).join('')}</table>`;
};

/** The page at `/`: what this is, where the API is, how to sign in in the demonstration. */
export const startPage = (language: Language, origin: string, demo: DemoHint | undefined): string => {
  const text = (key: keyof typeof pageMessages): string => escape(pageMessages[key][language]);
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Toeverlaat</title><style>${style}</style></head>
<body><main><h1>Toeverlaat</h1><p>${text('what')}</p><h2>${text('api')}</h2><p>${text('apiWhere')} <code>POST ${escape(origin)}/graphql</code></p><p>${text('apiCapacity')}</p>
<p><a href="/health/live">/health/live</a> · <a href="/health/ready">/health/ready</a></p>${demo === undefined ? '' : demoPart(language, origin, demo)}
<h2>${text('limits')}</h2><p>${text('limitsText')}</p></main></body></html>
`;
};

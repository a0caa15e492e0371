import { createHash } from 'node:crypto';
import type { DemoPerson } from './index.js';

const style = `body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
button{font:inherit;display:block;width:100%;text-align:left;padding:.6rem .8rem;margin:.4rem 0;border:1px solid #767676;border-radius:.3rem;background:#f6f6f6;color:inherit;cursor:pointer}
button:hover,button:focus-visible{outline:3px solid #0b4f8a}small{display:block}
@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}button{background:#262626}}`;

/** The form's answer redirects to the client, which may run on another loopback port. */
export const pickPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'self' http://127.0.0.1:* http://localhost:*; frame-ancestors 'none'`;

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const frame = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>\n`;

/** Pick a demonstration person: no password, because none of them exists. */
export const pickPage = (action: string, people: readonly DemoPerson[]): string =>
  frame(
    'Demonstration: who are you?',
    `<p>Nobody here exists. Pick a person; no password is asked.</p><form method="post" action="${escape(action)}">${people
      .map(
        ({ name, label }) =>
          `<button name="person" value="${escape(name)}">${escape(name)}<small>${escape(label)}</small></button>`,
      )
      .join('')}</form>`,
  );

export const problemPage = (text: string): string =>
  frame('Demonstration sign-in', `<p>${escape(text)}</p><p><a href="/">Start page</a></p>`);

/** Where a sign-in that no client began ends: it shows that it worked, and how a script gets a token. */
export const donePage = (): string =>
  frame(
    'Signed in',
    '<p>You are signed in to the demonstration. Applications on this machine can now ask for a token.</p><p><a href="/">Start page</a></p>',
  );

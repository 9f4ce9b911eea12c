import type { Tone } from '../state.ts';
import { html, type Html } from './html.ts';

export interface Page {
  /** Of the tab, most important words first. */
  readonly title: string;
  /** Colours the tab's icon. */
  readonly tone: Tone;
  readonly vantage: string;
  readonly main: Html;
  /** Seconds after which a browser without script loads the page again. */
  readonly refreshSeconds?: number;
}

/** What all pages have around them. */
export function layout(page: Page): Html {
  const refresh =
    page.refreshSeconds === undefined
      ? null
      : html`<noscript><meta http-equiv="refresh" content="${page.refreshSeconds}" /></noscript>`;
  return html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="robots" content="noindex" />
      <title>${page.title} – mailcanary</title>
      <link rel="icon" type="image/svg+xml" href="/assets/icon-${page.tone}.svg" />
      <link rel="stylesheet" href="/assets/style.css" />
      <script src="/assets/page.js" defer></script>
      ${refresh}
    </head>
    <body data-refresh="${page.refreshSeconds ?? 0}">
      <a class="skip" href="#main">Skip to content</a>
      <header class="top">
        <a class="brand" href="/">mailcanary</a>
        <span class="vantage"
          >${page.vantage === 'default' ? null : html`from ${page.vantage}`}</span
        >
        <span class="zone" id="zone">times in UTC</span>
      </header>
      <main id="main">${page.main}</main>
      <p class="stale" id="stale" role="alert" hidden></p>
    </body>
  </html>`;
}

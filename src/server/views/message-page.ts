import { html, type Html } from './html.ts';
import { layout } from './layout.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Not understood',
  401: 'Please log in',
  403: 'Not allowed',
  404: 'Not found',
  421: 'Wrong name',
  503: 'Not available',
};

/** An answer that is not a success. */
export function messagePage(status: number, message: string): Html {
  const title = TITLES[status] ?? 'Something went wrong';
  return layout({
    title,
    tone: 'idle',
    vantage: 'default',
    main: html`<section class="banner idle">
        <h1>${title}</h1>
        <p>${sentence(message)}</p>
      </section>
      <p><a href="/">Back to the status page</a></p>`,
  });
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

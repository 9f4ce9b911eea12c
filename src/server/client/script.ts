/**
 * The page's own script: puts times into the viewer's zone, and replaces what
 * has changed every few seconds. Plain text, served as it stands, so that no
 * build step and no inline script is needed.
 */
export const SCRIPT = `'use strict';
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'local time';
  const pad = (number, length = 2) => String(number).padStart(length, '0');
  const local = (time) => {
    const at = new Date(time.dateTime);
    const day = at.getFullYear() + '-' + pad(at.getMonth() + 1) + '-' + pad(at.getDate());
    const minute = pad(at.getHours()) + ':' + pad(at.getMinutes());
    if (time.dataset.form === 'date') return day + ' ' + minute;
    const second = minute + ':' + pad(at.getSeconds());
    return time.dataset.form === 'precise' ? second + '.' + pad(at.getMilliseconds(), 3) : second;
  };
  const localise = (root) => {
    for (const time of root.querySelectorAll('time[datetime]')) time.textContent = local(time);
  };
  localise(document);
  document.getElementById('zone').textContent = 'times in ' + zone.replaceAll('_', ' ');

  const seconds = Number(document.body.dataset.refresh);
  if (!(seconds > 0)) return;
  const stale = document.getElementById('stale');
  let heardAt = new Date();

  // What somebody reads or points at stays in place: only parts that differ are replaced, and focus is kept.
  const update = (page) => {
    localise(page);
    for (const part of document.querySelectorAll('[data-live]')) {
      const next = page.getElementById(part.id);
      if (next === null) continue;
      if (part.className !== next.className) part.className = next.className;
      if (part.innerHTML === next.innerHTML) continue;
      const focused = part.contains(document.activeElement) && document.activeElement.getAttribute('href');
      part.replaceChildren(...next.childNodes);
      if (focused) part.querySelector('a[href="' + CSS.escape(focused) + '"]')?.focus();
    }
    document.title = page.title;
    const [icon, newIcon] = [document, page].map((one) => one.querySelector('link[rel=icon]'));
    if (icon.getAttribute('href') !== newIcon.getAttribute('href')) icon.replaceWith(newIcon);
  };

  const isReading = () => {
    const selection = getSelection();
    return selection !== null && !selection.isCollapsed;
  };

  const ask = async () => {
    const answer = await fetch(location.href, {
      headers: { accept: 'text/html' },
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error('status ' + answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    heardAt = new Date();
    if (!isReading()) update(page);
    stale.hidden = true;
  };

  const round = async () => {
    try {
      if (!document.hidden) await ask();
    } catch {
      const since = pad(heardAt.getHours()) + ':' + pad(heardAt.getMinutes()) + ':' + pad(heardAt.getSeconds());
      stale.textContent = 'mailcanary does not answer. This page shows how things were at ' + since + '.';
      stale.hidden = false;
    }
    setTimeout(round, seconds * 1000);
  };
  setTimeout(round, seconds * 1000);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) ask().catch(() => undefined);
  });
})();
`;

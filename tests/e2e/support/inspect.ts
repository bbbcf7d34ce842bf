import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const window = { width: 1280, height: 800 };
// A text zoom of 200 % leaves half of the pixels in each direction.
const zoomed = { width: 640, height: 400 };
// Words of user interfaces that are no Spanish ones, and what a program says when it forgot something.
const foreign =
  /\b(?:loading|cancel|close|save|next|back|search|submit|failed|warning|delete|remove|page|sign|scan|open|select|choose|required|invalid|please|unknown|settings|dismiss|clear|undefined|null|NaN)\b|\[object |\{\{/iu;
// The paper of a file that is not admitted tells whoever made it the outcome by its name in ETSI EN 319 102-1.
const termOfTheNorm = 'TOTAL-FAILED';

/** What every screen must hold: axe finds nothing in light and dark, nothing scrolls sideways, and all of it is Spanish. */
export async function inspectScreen(page: Page, name: string): Promise<void> {
  expect.soft(await page.getByRole('heading', { level: 1 }).count(), `${name}: headings of level 1`).toBe(1);
  expect.soft(await readForeign(page), `${name}: English`).toEqual([]);
  expect.soft(await findViolations(axeOn(page).withTags(wcag)), `${name}: axe`).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  // Only colours change with the scheme.
  const dark = axeOn(page).withRules(['color-contrast']);
  expect.soft(await findViolations(dark), `${name}: axe, dark`).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await expectNoSidewaysScroll(page, `${name} at ${window.width}`);
  await page.setViewportSize(zoomed);
  await expectNoSidewaysScroll(page, `${name} at 200 %`);
  await page.setViewportSize(window);
}

/** Within the page: it has no frames, and otherwise each run would open a page of its own to join their results. */
function axeOn(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
}

async function findViolations(axe: AxeBuilder): Promise<readonly string[]> {
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}

async function expectNoSidewaysScroll(page: Page, name: string): Promise<void> {
  const excess = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.soft.poll(excess, { message: `${name}: pixels beyond the side`, timeout: 3_000 }).toBeLessThanOrEqual(0);
}

/** Everything that is read, seen or not. */
async function readForeign(page: Page): Promise<readonly string[]> {
  const texts = await page.evaluate(() => {
    const found = [document.title, document.body.innerText];
    for (const element of document.querySelectorAll(
      '[aria-label], [title], [placeholder], [alt], [aria-roledescription]',
    ))
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-roledescription'])
        found.push(element.getAttribute(name) ?? '');
    return found.flatMap((text) => text.split('\n'));
  });
  return texts.filter((text) => foreign.test(text.replaceAll(termOfTheNorm, '')));
}

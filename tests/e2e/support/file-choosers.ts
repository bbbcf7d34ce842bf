import type { Page } from '@playwright/test';

/**
 * From here on the system's dialog for files is never opened: while nobody listens Playwright leaves it to the browser, and a key
 * is quicker than the first listener.
 */
export function expectChoosers(page: Page): void {
  page.on('filechooser', () => {});
}

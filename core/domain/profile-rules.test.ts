import { expect, test } from 'vitest';
import { wantedProfileOf } from './profile-rules.ts';

const text = { title: 'Texto', dpi: 200, colorMode: 'gray', documentTypes: ['TD09'] } as const;
const plans = { title: 'Plano', dpi: 300, colorMode: 'color', documentTypes: ['TD13', 'TD99'] } as const;
const general = { title: 'General', dpi: 300, colorMode: 'gray' } as const;
const profiles = [text, plans, general].map((profile) => ({
  ...profile,
  documentTypes: 'documentTypes' in profile ? [...profile.documentTypes] : undefined,
}));
const [, , used] = profiles;

test.each([
  ['a type that no profile is for', 'TD14', null],
  ['a type whose profile asks for less', 'TD09', null],
  ['a type whose profile asks for colour', 'TD13', 'Plano'],
])('%s', (_, documentType, wanted) => {
  expect(wantedProfileOf(profiles, used, documentType)?.title ?? null).toBe(wanted);
});

test('a document scanned with the profile of its type, or with one that is known no longer', () => {
  expect(wantedProfileOf(profiles, profiles[1], 'TD99')).toBeNull();
  expect(wantedProfileOf(profiles, undefined, 'TD13')).toBeNull();
});

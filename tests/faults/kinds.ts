import type { Campaign, CampaignResult } from './campaign.ts';
import { runLineCampaign } from './line-campaign.ts';
import { runPowerCampaign } from './power-campaign.ts';

/** One kind of fault, or of several that come together. */
export type Kind = Readonly<{
  /** In the words of the command's help. */
  help: string;
  needs: 'postgresql' | 'disk';
  /** Rounds that one office goes through before another takes its place, so that comparing stays cheap. */
  roundsOfCampaign: number;
  run: (campaign: Campaign) => Promise<CampaignResult>;
}>;

export const kinds = {
  line: {
    help: 'puesto y centro que mueren, línea que falla',
    needs: 'postgresql',
    roundsOfCampaign: 20,
    run: runLineCampaign,
  },
  power: { help: 'cortes de luz de un disco propio', needs: 'disk', roundsOfCampaign: 20, run: runPowerCampaign },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as readonly KindName[];

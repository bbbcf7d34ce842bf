import type { Campaign, CampaignResult, StateCampaign } from './campaign.ts';
import { receiving } from './centre-scene.ts';
import { copying } from './copy-scene.ts';
import { creating } from './creation-scene.ts';
import { runClockCampaign } from './clock-campaign.ts';

import { runLiarCampaign } from './liar-campaign.ts';
import { runLineCampaign } from './line-campaign.ts';
import { runOldCopyCampaign } from './old-copy-campaign.ts';
import { runPowerCampaign } from './power-campaign.ts';
import { runReadOnlyCampaign } from './read-only-campaign.ts';
import { sending } from './send-scene.ts';
import { scanning } from './scan-scene.ts';
import { campaignOf, runCrashPointCampaign, runFailedSyncCampaign, runLostWriteCampaign } from './state-campaign.ts';
import { runTwinsCampaign } from './twins-campaign.ts';
import { runWeekCampaign } from './week-campaign.ts';

/** One kind of fault, or of several that come together. */
export type Kind = Readonly<{
  /** In the words of the command's help. */
  help: string;
  needs: 'postgresql' | 'disk' | 'nothing';
  /** Rounds that one office goes through before another takes its place, so that comparing stays cheap. */
  roundsOfCampaign: number;
  run: (campaign: Campaign & StateCampaign) => Promise<CampaignResult>;
}>;

export const kinds = {
  line: {
    help: 'puesto y centro que mueren, línea que falla',
    needs: 'postgresql',
    roundsOfCampaign: 20,
    run: runLineCampaign,
  },
  week: {
    help: 'dos puestos una semana sin línea, con fin de año; después, la línea con fallos',
    needs: 'postgresql',
    roundsOfCampaign: 1,
    run: runWeekCampaign,
  },
  power: { help: 'cortes de luz de un disco propio', needs: 'disk', roundsOfCampaign: 20, run: runPowerCampaign },
  crashpoints: {
    help: 'estados que deja un puesto muerto en cada llamada, rehechos a partir de una grabación',
    needs: 'nothing',
    roundsOfCampaign: 500,
    run: runCrashPointCampaign,
  },
  lostwrites: {
    help: 'estados que puede dejar un corte de luz, rehechos a partir de una grabación',
    needs: 'nothing',
    roundsOfCampaign: 500,
    run: runLostWriteCampaign,
  },
  failedsyncs: {
    help: 'lo mismo, tras un error del disco al asegurar lo escrito',
    needs: 'nothing',
    roundsOfCampaign: 500,
    run: runFailedSyncCampaign,
  },
  creation: {
    help: 'estados de un puesto que se crea: muerto, sin luz, con un error del disco',
    needs: 'nothing',
    roundsOfCampaign: 200,
    run: campaignOf(creating),
  },
  scan: {
    help: 'lo mismo de un puesto que digitaliza',
    needs: 'nothing',
    roundsOfCampaign: 200,
    run: campaignOf(scanning),
  },
  copy: {
    help: 'lo mismo de un puesto del que se hacen copias',
    needs: 'nothing',
    roundsOfCampaign: 200,
    run: campaignOf(copying),
  },
  send: {
    help: 'lo mismo de un puesto cuyos ficheros tiene ya el registro central',
    needs: 'nothing',
    roundsOfCampaign: 200,
    run: campaignOf(sending),
  },
  receive: {
    help: 'lo mismo de los ficheros que recibe el registro central',
    needs: 'nothing',
    roundsOfCampaign: 200,
    run: campaignOf(receiving),
  },
  readonly: {
    help: 'disco que deja de admitir escrituras a media atención',
    needs: 'disk',
    roundsOfCampaign: 20,
    run: runReadOnlyCampaign,
  },
  liar: {
    help: 'un centro que miente, o alguien que dice ser el centro',
    needs: 'postgresql',
    roundsOfCampaign: 26,
    run: runLiarCampaign,
  },
  clock: {
    help: 'reloj que salta atrás y adelante, años que pasan',
    needs: 'postgresql',
    roundsOfCampaign: 20,
    run: runClockCampaign,
  },
  oldcopy: {
    help: 'copia antigua de la base de datos, o de la carpeta entera',
    needs: 'postgresql',
    roundsOfCampaign: 10,
    run: runOldCopyCampaign,
  },
  twins: {
    help: 'dos programas con la clave y la serie de un puesto',
    needs: 'postgresql',
    roundsOfCampaign: 10,
    run: runTwinsCampaign,
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as readonly KindName[];

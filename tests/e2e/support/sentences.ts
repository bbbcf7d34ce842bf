/** Why the tests of the Electron shell are skipped where they are. */
export const noElectron =
  'No hay Electron en este equipo, y sus pruebas no se hacen: ponga su carpeta en ELECTRON_OVERRIDE_DIST_PATH o instálelo con npx install-electron.';

/** Why the tests of cards that are put in and pulled out are skipped where they are. */
export const noVirtualReader =
  'No hay lector virtual en este equipo, o lo usa otra demostración: la tarjeta no se puede poner y quitar.';

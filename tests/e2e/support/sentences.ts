/** Why the tests of the Electron shell are skipped where they are. */
export const noElectron =
  'No hay Electron en este equipo, y sus pruebas no se hacen: ponga su carpeta en ELECTRON_OVERRIDE_DIST_PATH o instálelo con npx install-electron.';

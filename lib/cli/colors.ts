import pc from 'picocolors'

/** Colours for a terminal that has them, NO_COLOR and FORCE_COLOR respected; none for a pipe or a file. */
export const colors = pc.createColors(process.stdout.hasColors?.() ?? false)

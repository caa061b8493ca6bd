// Imported before anything of lib/cli: whether there are colours is found out once.
process.env.FORCE_COLOR = '1'

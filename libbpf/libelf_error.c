#include <libelf.h>
#include <stdio.h>

/*
 * Takes the place of elf_error.o in libelf.a. All else in Debian's archive is position independent; that one member keeps the
 * error number in a thread-local of the model for executables, which no shared object can hold.
 */

static _Thread_local int last_error;
static _Thread_local char message[32];

/* Called by the other members of libelf.a. */
void __libelf_seterrno(int value);

void __libelf_seterrno(int value)
{
	last_error = value;
}

int elf_errno(void)
{
	int error = last_error;

	last_error = 0;
	return error;
}

/* The texts of the numbers are libelf's own. */
const char *elf_errmsg(int error)
{
	if (error == 0 && last_error == 0)
		return NULL;
	snprintf(message, sizeof(message), "libelf error %d", error == 0 || error == -1 ? last_error : error);
	return message;
}

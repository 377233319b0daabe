/*
 * Differential test: what is left out, and why
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */


#include <stdio.h>
#include <string.h>

#include "forms.h"

#define USER (1u << MODE_USER64)

/* Cases that are not executed. */
static const struct
{
    const char *name;           /* beginning of the form's name */
    UINT32      flags;          /* one of these is the form's; 0: whatever it has */
    UINT32      modes;          /* bits; 0: all */
    const char *reason;
} unusable[] =
{
    { "", F_IN | F_OUT, USER, "ports in ring 3 need IOPL 3, which a KVM that executes ring 3 natively does not keep; and to the "
                              "exit for a port the ring makes no difference" },
};

const char *excluded( const struct test *test )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE( unusable ); i++)
        if (!strncmp( test->form->name, unusable[i].name, strlen( unusable[i].name )) &&
            (!unusable[i].flags || unusable[i].flags & test->form->flags) &&
            (!unusable[i].modes || unusable[i].modes & 1u << test->mode)) return unusable[i].reason;
    return NULL;
}

/* Cases whose outcome is not compared. */
const char *excluded_after( const struct test *test, const struct outcome *referee )
{
    (void)test;
    if (referee->end == END_REFUSED) return "this KVM's emulator has no such instruction";
    return NULL;
}

void print_exclusions( void )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE( unusable ); i++)
        printf( "%s (forms %#x, modes %#x): %s\n", unusable[i].name, unusable[i].flags, unusable[i].modes, unusable[i].reason );
}

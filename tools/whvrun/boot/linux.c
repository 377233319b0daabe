/*
 * whvrun: booting Linux
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

/*
 * The 32-bit boot protocol of the kernel's Documentation/arch/x86/boot.rst: the
 * kernel proper at 1 MiB, a zero page that tells of memory, initrd and command line,
 * flat segments 10 and 18, ESI at the zero page. The decompressor does the rest.
 */

#include <stdio.h>

#include "boot/entry.h"
#include "boot/linux.h"
#include "platform/ram.h"

#define KERNEL_ADDRESS       0x100000u
#define GDT_ADDRESS          0x8000u
#define ZERO_PAGE            0x10000u
#define COMMAND_LINE_ADDRESS 0x20000u

/* offsets in the zero page; from 1f1 on it is a copy of the setup header in the file */
enum
{
    E820_COUNT         = 0x1e8,
    SETUP_HEADER       = 0x1f1,
    SETUP_SECTS        = 0x1f1,
    HEADER_LENGTH      = 0x201,
    HEADER_MAGIC       = 0x202,
    PROTOCOL_VERSION   = 0x206,
    TYPE_OF_LOADER     = 0x210,
    LOAD_FLAGS         = 0x211,
    RAMDISK_IMAGE      = 0x218,
    RAMDISK_SIZE       = 0x21c,
    CMD_LINE_PTR       = 0x228,
    INITRD_ADDR_MAX    = 0x22c,
    CMDLINE_SIZE       = 0x238,
    PREF_ADDRESS       = 0x258,
    INIT_SIZE          = 0x260,
    E820_TABLE         = 0x2d0,
};

static UINT32 get32( const BYTE *p )
{
    return p[0] | p[1] << 8 | p[2] << 16 | (UINT32)p[3] << 24;
}

static void put32( BYTE *p, UINT32 value )
{
    p[0] = value;
    p[1] = value >> 8;
    p[2] = value >> 16;
    p[3] = value >> 24;
}

static void add_e820( BYTE *zero_page, UINT64 start, UINT64 end, UINT32 type )
{
    BYTE *entry = zero_page + E820_TABLE + zero_page[E820_COUNT]++ * 20;

    put32( entry, start );
    put32( entry + 4, start >> 32 );
    put32( entry + 8, end - start );
    put32( entry + 12, (end - start) >> 32 );
    put32( entry + 16, type );
}

/* As high as the kernel allows: it unpacks itself over what is low. */
static BOOL load_initrd( BYTE *zero_page, const struct file *initrd, UINT64 lowest )
{
    UINT64 end = min( ram_size(), (UINT64)get32( zero_page + INITRD_ADDR_MAX ) + 1 ), start;

    if (initrd->size > end || (start = (end - initrd->size) & ~0xfffull) < lowest)
    {
        fprintf( stderr, "whvrun: no room for the initrd, give the guest more --memory\n" );
        return FALSE;
    }
    memcpy( ram_at( start, initrd->size ), initrd->data, initrd->size );
    put32( zero_page + RAMDISK_IMAGE, start );
    put32( zero_page + RAMDISK_SIZE, initrd->size );
    return TRUE;
}

BOOL boot_linux( const struct file *kernel, const struct file *initrd, const char *command_line )
{
    static const UINT64 gdt[4] = { 0, 0, 0x00cf9b000000ffff, 0x00cf93000000ffff };
    UINT64 setup_size, kernel_size, kernel_end;
    UINT32 header_end;
    BYTE *zero_page, *memory;

    if (kernel->size < 0x400 || memcmp( kernel->data + HEADER_MAGIC, "HdrS", 4 ))
    {
        fprintf( stderr, "whvrun: this is no bzImage\n" );
        return FALSE;
    }
    if (kernel->data[PROTOCOL_VERSION + 1] < 2 || kernel->data[PROTOCOL_VERSION] < 10 ||
        !(kernel->data[LOAD_FLAGS] & 1))
    {
        fprintf( stderr, "whvrun: the kernel is too old: boot protocol 2.10 and loading high are needed\n" );
        return FALSE;
    }
    setup_size = ((kernel->data[SETUP_SECTS] ? kernel->data[SETUP_SECTS] : 4) + 1) * 512;
    if (setup_size >= kernel->size)
    {
        fprintf( stderr, "whvrun: the bzImage ends too early\n" );
        return FALSE;
    }
    kernel_size = kernel->size - setup_size;
    memory = ram_at( KERNEL_ADDRESS, kernel_size );
    zero_page = ram_at( ZERO_PAGE, 0x1000 );
    kernel_end = max( (UINT64)get32( kernel->data + PREF_ADDRESS ), KERNEL_ADDRESS );
    kernel_end += get32( kernel->data + INIT_SIZE );
    if (!memory || !zero_page || kernel_end > ram_size())
    {
        fprintf( stderr, "whvrun: the kernel needs %llu MiB, give the guest more --memory\n",
                 (ULONGLONG)max( kernel_end, KERNEL_ADDRESS + kernel_size ) / 0x100000 + 1 );
        return FALSE;
    }
    memcpy( memory, kernel->data + setup_size, kernel_size );

    memset( zero_page, 0, 0x1000 );
    header_end = min( HEADER_MAGIC + kernel->data[HEADER_LENGTH], E820_TABLE - 0x40 );
    memcpy( zero_page + SETUP_HEADER, kernel->data + SETUP_HEADER, header_end - SETUP_HEADER );
    zero_page[TYPE_OF_LOADER] = 0xff;
    add_e820( zero_page, 0, 0x9f000, 1 );
    add_e820( zero_page, 0x9f000, 0x100000, 2 );
    add_e820( zero_page, 0x100000, ram_size(), 1 );

    if (strlen( command_line ) > get32( zero_page + CMDLINE_SIZE ) || strlen( command_line ) >= 0x10000)
    {
        fprintf( stderr, "whvrun: the kernel's command line is too long\n" );
        return FALSE;
    }
    strcpy( ram_at( COMMAND_LINE_ADDRESS, 0x10000 ), command_line );
    put32( zero_page + CMD_LINE_PTR, COMMAND_LINE_ADDRESS );
    if (initrd && !load_initrd( zero_page, initrd, kernel_end )) return FALSE;

    memcpy( ram_at( GDT_ADDRESS, sizeof(gdt) ), gdt, sizeof(gdt) );
    return enter_protected_mode( KERNEL_ADDRESS, ZERO_PAGE, 0x10, 0x18, GDT_ADDRESS, sizeof(gdt) - 1 );
}

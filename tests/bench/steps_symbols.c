/*
 * Counting instructions: modules and functions
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

#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "steps.h"

struct symbol
{
    uint64_t start, end;        /* as the file has them */
    const char *name;
};

struct module
{
    uint64_t start, end;
    uint64_t delta;             /* from the file's addresses to the process' */
    const char *name;
    struct symbol *symbols;     /* by their starts */
    size_t symbol_count;
};

static struct module modules[1024];
static size_t module_count;

static const char *base_name( const char *path )
{
    const char *slash = strrchr( path, '/' );

    return slash ? slash + 1 : path;
}

static struct module *add_module( const char *name, uint64_t start, uint64_t end )
{
    struct module *module = &modules[module_count];

    if (module_count == sizeof(modules) / sizeof(modules[0])) die( "too many modules" );
    module_count++;
    module->start = start;
    module->end = end;
    if (!(module->name = strdup( name ))) die( "out of memory" );
    return module;
}

void symbols_add_module( const char *name, uint64_t base, uint64_t size )
{
    add_module( name, base, base + size );
}

static int compare_symbols( const void *a, const void *b )
{
    const struct symbol *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static const Elf64_Shdr *find_table( const Elf64_Ehdr *header, const Elf64_Shdr *sections, Elf64_Word type )
{
    unsigned int i;

    for (i = 0; i < header->e_shnum; i++) if (sections[i].sh_type == type) return &sections[i];
    return NULL;
}

/* Files that the client has mapped and executes: what they say of themselves is believed. */
static void read_symbols( struct module *module, const char *path, uint64_t offset )
{
    const Elf64_Shdr *sections, *table;
    const Elf64_Phdr *segments;
    const Elf64_Ehdr *header;
    const Elf64_Sym *symbols;
    const char *names;
    int file = open( path, O_RDONLY | O_CLOEXEC );
    struct stat st;
    size_t i, count;

    if (file < 0) return;
    if (fstat( file, &st ) || st.st_size < (off_t)sizeof(*header)) st.st_size = 0;
    header = st.st_size ? mmap( NULL, st.st_size, PROT_READ, MAP_PRIVATE, file, 0 ) : MAP_FAILED;
    close( file );
    if (header == MAP_FAILED) return;
    if (memcmp( header->e_ident, ELFMAG, SELFMAG ) || header->e_ident[EI_CLASS] != ELFCLASS64) return;
    sections = (const Elf64_Shdr *)((const char *)header + header->e_shoff);
    segments = (const Elf64_Phdr *)((const char *)header + header->e_phoff);
    for (i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD && offset + 0xfff >= segments[i].p_offset &&
            offset < segments[i].p_offset + segments[i].p_filesz)
            module->delta = module->start - (segments[i].p_vaddr - segments[i].p_offset + offset);
    /* a stripped one names what it exports; what lies between belongs to nobody then */
    if (!(table = find_table( header, sections, SHT_SYMTAB )) &&
        !(table = find_table( header, sections, SHT_DYNSYM ))) return;
    symbols = (const Elf64_Sym *)((const char *)header + table->sh_offset);
    names = (const char *)header + sections[table->sh_link].sh_offset;
    count = table->sh_size / sizeof(*symbols);
    if (!(module->symbols = calloc( count, sizeof(*module->symbols) ))) die( "out of memory" );
    for (i = 0; i < count; i++)
    {
        if (ELF64_ST_TYPE( symbols[i].st_info ) != STT_FUNC || !symbols[i].st_size) continue;
        module->symbols[module->symbol_count].start = symbols[i].st_value;
        module->symbols[module->symbol_count].end = symbols[i].st_value + symbols[i].st_size;
        module->symbols[module->symbol_count++].name = names + symbols[i].st_name;
    }
    qsort( module->symbols, module->symbol_count, sizeof(*module->symbols), compare_symbols );
}

void symbols_read( pid_t process )
{
    unsigned long long start, end, offset;
    char name[64], line[4096], rights[5];
    struct module *module;
    FILE *maps;
    int path;

    snprintf( name, sizeof(name), "/proc/%d/maps", process );
    if (!(maps = fopen( name, "r" ))) die( "%s can't be read", name );
    while (fgets( line, sizeof(line), maps ))
    {
        line[strcspn( line, "\n" )] = 0;
        if (sscanf( line, "%llx-%llx %4s %llx %*s %*s %n", &start, &end, rights, &offset, &path ) < 4) continue;
        if (rights[2] != 'x' || !line[path]) continue;
        module = add_module( base_name( line + path ), start, end );
        if (line[path] == '/') read_symbols( module, line + path, offset );
    }
    fclose( maps );
}

const char *symbols_find( uint64_t address, const char **function )
{
    const struct module *module = NULL;
    size_t i, low, high, middle;

    *function = NULL;
    /* what Windows says is said last, and holds */
    for (i = module_count; i-- && !module;)
        if (address >= modules[i].start && address < modules[i].end) module = &modules[i];
    if (!module) return "?";
    address -= module->delta;
    for (low = 0, high = module->symbol_count; low < high;)
    {
        middle = (low + high) / 2;
        if (address >= module->symbols[middle].end) low = middle + 1;
        else if (address < module->symbols[middle].start) high = middle;
        else
        {
            *function = module->symbols[middle].name;
            break;
        }
    }
    return module->name;
}

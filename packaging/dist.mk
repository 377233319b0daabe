# What is given to others: a tarball of the sources, one of what runs, what packages install. Read by Makefile.in.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

# For whoever does not want to build: all that runs, with the libraries that distributions have in different versions
# and their licences. PE files are stripped, and signed for Wine again, since strip writes a new DOS header.
BINNAME   = $(DISTNAME)-$(ARCH)
BIN_TOOLS = tools/whv-wine tools/install-prefix $(ALL_TOOLS)
PE_STRIP  = $(patsubst %windres,%strip,$(WINDRES))

# $(1) = DLLs, $(2) = programs
define strip-pe
	$(PE_STRIP) $(1) $(2)
	for f in $(1); do $(WINEBUILD) --builtin $$f || exit 1; done
endef

dist-bin: all
	rm -rf $(BINNAME) $(BINNAME).tar.gz
	mkdir -p $(BINNAME)/$(WINDOWS_DIR) $(BINNAME)/$(UNIX_DIR) $(BINNAME)/tools $(BINNAME)/licences
	cp $(ALL_DLLS) $(BINNAME)/$(WINDOWS_DIR)
	cp $(ALL_SOS) $(BINNAME)/$(UNIX_DIR)
	cp $(BIN_TOOLS) $(BINNAME)/tools
	cp $(srcdir)/README $(srcdir)/COPYING.LIB $(srcdir)/CHANGELOG $(BINNAME)
	cp -r $(srcdir)/docs $(BINNAME)/docs
	strip $(BINNAME)/$(UNIX_DIR)/*.so
	$(call strip-pe,$(BINNAME)/$(WINDOWS_DIR)/*.dll,$(BINNAME)/tools/*.exe)
	$(srcdir)/tools/bundle-libraries $(BINNAME)/$(UNIX_DIR)/winhvplatform.so $(BINNAME)/licences
	tar --owner=0 --group=0 --numeric-owner --sort=name -czf $(BINNAME).tar.gz $(BINNAME)
	rm -rf $(BINNAME)
	@echo "$(BINNAME).tar.gz is ready"

# The same for all packages (debian/, packaging/arch, packaging/rpm): the DLLs in Wine's own directory, and the tools in
# a folder that looks like a build tree, with links to them where commands are. bash looks for a completion by the name
# of the command.
HOME_DIR  = $(DESTDIR)/usr/lib/winehvplatform
BIN_DIR   = $(DESTDIR)/usr/bin
MAN_DIR   = $(DESTDIR)/usr/share/man
COMPL_DIR = $(DESTDIR)/usr/share/bash-completion/completions

install-package: install
	$(call strip-pe,$(patsubst dlls/%,'$(DESTDIR)$(winedlldir)'/%,$(ALL_DLLS)))
	$(INSTALL) -d '$(HOME_DIR)/tools' '$(BIN_DIR)' '$(MAN_DIR)/man1' '$(MAN_DIR)/man7' '$(COMPL_DIR)'
	ln -sfnr '$(DESTDIR)$(winedlldir)' '$(HOME_DIR)/dlls'
	$(INSTALL) -m 755 tools/whv-wine tools/install-prefix '$(HOME_DIR)/tools'
	$(INSTALL) -m 644 $(ALL_TOOLS) '$(HOME_DIR)/tools'
	$(PE_STRIP) $(patsubst %,'$(HOME_DIR)'/%,$(ALL_TOOLS))
	for f in whv-wine whvinfo whvrun; do ln -sf ../lib/winehvplatform/tools/whv-wine '$(BIN_DIR)'/$$f || exit 1; done
	ln -sf ../lib/winehvplatform/tools/install-prefix '$(BIN_DIR)/whv-install-prefix'
	$(INSTALL) -m 644 $(srcdir)/docs/man/*.1 '$(MAN_DIR)/man1'
	$(INSTALL) -m 644 $(srcdir)/docs/man/*.7 '$(MAN_DIR)/man7'
	$(INSTALL) -m 644 $(srcdir)/packaging/completion/winehvplatform '$(COMPL_DIR)/whv-wine'
	for f in whv-install-prefix whvinfo whvrun; do ln -sf whv-wine '$(COMPL_DIR)'/$$f || exit 1; done

# what is put up for others
release: dist dist-bin
	sha256sum $(DISTNAME).tar.gz $(BINNAME).tar.gz >$(DISTNAME).sha256
	@cat $(DISTNAME).sha256

# what git knows, or in an unpacked tarball all that was in it; and configure
dist: $(srcdir)/configure
	rm -rf $(DISTNAME) $(DISTNAME).tar.gz
	mkdir $(DISTNAME)
	cd $(srcdir) && { if test -e .git; then git ls-files; echo configure; \
	    else cat MANIFEST; echo MANIFEST; fi; } | sort -u > '$(builddir)/$(DISTNAME)/MANIFEST'
	tar -C $(srcdir) -cf - -T $(DISTNAME)/MANIFEST | tar -C $(DISTNAME) -xf -
	tar --owner=0 --group=0 --numeric-owner -czf $(DISTNAME).tar.gz $(DISTNAME)
	rm -rf $(DISTNAME)
	@echo "$(DISTNAME).tar.gz is ready"

.PHONY: dist dist-bin install-package release
